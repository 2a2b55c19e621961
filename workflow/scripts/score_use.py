"""Coefficients of one method against what the network uses."""

from gestalt_regions.evaluation.groups.regions import write_use
from gestalt_regions.evaluation.scored_maps import from_job
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_use(
        from_job(snakemake),
        {key: snakemake.input[key] for key in ("drops", "regions", "faces", "sets")},
        dict(snakemake.output.items()),
        policies=snakemake.params.policies,
    )
