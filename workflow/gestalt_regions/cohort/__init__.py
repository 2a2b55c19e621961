"""Cohort: who is in a study, as samples.csv.

`readers` take the cohorts of users; `simulated` renders one whose truth is known.
"""
