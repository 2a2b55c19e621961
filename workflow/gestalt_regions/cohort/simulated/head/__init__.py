"""The morphable head: how it is built from MakeHuman data, and how a person shapes and colours it.

Its landmarks are points of its skin.
"""
