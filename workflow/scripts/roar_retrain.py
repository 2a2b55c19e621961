"""Train networks anew on photographs without some of their pixels."""

from gestalt_regions.evaluation.roar.retraining import retrain
from gestalt_regions.jobs.job import job, settings

FILES = ("crops", "index", "folds", "asset", "weights", "boxes", "levels", "explained")

with job(snakemake):
    retrain(
        {name: snakemake.input.get(name, "") for name in FILES},
        snakemake.output.answers,
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
