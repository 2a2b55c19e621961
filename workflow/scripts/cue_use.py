"""Whether the networks of several cohorts use the planted cue."""

from gestalt_regions.evaluation.across_cohorts.cue_use import run
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, output = snakemake.input, snakemake.output
    several = ("tables", "samples", "faces", "folds", "crops", "checkpoints")
    files = {key: list(inputs[key]) for key in several}
    run(files, output.csv, output.tex, asset=inputs.get("asset", ""), **settings(snakemake))
