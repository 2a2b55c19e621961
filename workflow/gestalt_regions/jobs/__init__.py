"""Jobs: how the work of a rule is run, stopped, resumed and recorded.

A script enters by `jobs.job`; here are its log, its device, its partial results and its record of provenance.
"""
