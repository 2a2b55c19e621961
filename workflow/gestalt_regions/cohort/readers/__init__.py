"""Readers: real cohorts as their users have them (a folder, the NIH faces, GMDB) to samples.csv.

One module a reader.
"""
