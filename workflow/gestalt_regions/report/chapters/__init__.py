"""Chapters: what the site says of cohort, recognition, regions, HPO terms and explanations.

One module a chapter: a function that reads the study's tables and gives a Chapter. What a study has not is left out,
with a line why.
"""
