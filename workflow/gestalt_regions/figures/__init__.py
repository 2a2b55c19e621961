"""Figures: one file a figure, one style.

Those of the papers carry their number in the name.
"""
