"""Simulated people: subjects and families, their shape, their syndrome and its signs, and the raters who mark them.

Nothing here draws a picture.
"""
