"""Plan: what a study will take before it runs (make plan).

Jobs, disk, hours, and the time of Snakemake itself.
"""
