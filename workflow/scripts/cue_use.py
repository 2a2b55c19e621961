"""Whether the networks of several cohorts use the planted cue."""

from gestalt_regions.evaluation.across_cohorts.cue_use import write_cue_use
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    several = ("tables", "samples", "faces", "folds", "crops", "checkpoints")
    inputs = {key: list(snakemake.input[key]) for key in several}
    outputs, asset = dict(snakemake.output.items()), snakemake.input.get("asset", "")
    write_cue_use(inputs, outputs, asset=asset, **settings(snakemake))
