"""Probe the pretrained networks beside ArcFace."""

from gestalt_regions.jobs.job import job
from gestalt_regions.pretraining.pretrain_steps import write_curve

with job(snakemake):
    write_curve(
        {key: snakemake.input[key] for key in ("crops", "index", "folds", "arcface")},
        list(snakemake.input.weights),
        list(snakemake.input.scores),
        snakemake.output.curve,
        C=snakemake.params.C,
        bootstrap=snakemake.params.bootstrap,
        seed=snakemake.params.seed,
    )
