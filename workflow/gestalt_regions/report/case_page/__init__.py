"""The page of one case: what the networks say of a new photograph, why, and how far that can be trusted.

It is made from the files of the case alone, and needs no other file to be read.
"""
