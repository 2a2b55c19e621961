"""Findings of a study, by rule from its tables: a sentence with number, interval, n, correction and link.

One module a theme. What a rule cannot decide it says; nothing is computed that a table does not hold.
"""
