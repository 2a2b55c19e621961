"""What one fold's model loses when a region is taken out."""

from gestalt_regions.evaluation.perturb.region_drops import write_drops
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    names = ("checkpoint", "asset", "scored", "predictions", "twins", "truth", "regions", "faces", "sets")
    inputs = {key: snakemake.input.get(key, "") for key in names}
    write_drops(inputs, snakemake.output.drops, fold=snakemake.wildcards.fold, **settings(snakemake))
