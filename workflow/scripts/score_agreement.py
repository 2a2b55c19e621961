"""Maps of one method by the models of all folds."""

from gestalt_regions.evaluation import scored_maps
from gestalt_regions.evaluation.groups.agreement import write_agreement
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_agreement(
        scored_maps.from_job(snakemake),
        snakemake.output.table,
        regions=scored_maps.regions_from_job(snakemake),
        policies=snakemake.params.policies,
    )
