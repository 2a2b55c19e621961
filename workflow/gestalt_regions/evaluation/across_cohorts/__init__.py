"""Across cohorts: planted shortcuts, and whether RQ1 and RQ2 measure what they are taken to measure.

These need more than one cohort or study.
"""
