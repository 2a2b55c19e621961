"""Checks of the cohort: is the signal in the face, and do detector, parser and raters do what is said of them?

One table each.
"""
