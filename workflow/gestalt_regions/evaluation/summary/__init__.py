"""Summary: all measures of all methods.

Scores with intervals, ranks, and what is ranked.
"""
