"""Maps of one method by the models of all folds."""

from gestalt_regions.evaluation import frame
from gestalt_regions.evaluation.agreement import write_agreement
from gestalt_regions.job import job

with job(snakemake):
    write_agreement(
        frame.from_job(snakemake),
        snakemake.output.table,
        regions=frame.regions_from_job(snakemake),
        policies=snakemake.params.policies,
    )
