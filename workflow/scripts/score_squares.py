"""What the networks say to faces without some squares."""

from gestalt_regions.evaluation.fold_networks import from_job
from gestalt_regions.evaluation.groups.objective import write_squares
from gestalt_regions.jobs.job import job

with job(snakemake):
    params = snakemake.params
    write_squares(
        from_job(snakemake),
        snakemake.input.evaluated,
        dict(snakemake.output.items()),
        images=params.images,
        squares=params.squares,
        seed=params.seed,
    )
