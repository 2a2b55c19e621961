"""Where one method puts the blame in a cohort with a planted shortcut."""

from gestalt_regions.evaluation.across_cohorts.shortcuts import write_blame
from gestalt_regions.evaluation.scored_maps import from_job
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_blame(
        from_job(snakemake),
        {key: inputs[key] for key in ("sets", "faces", "regions", "changes", "truth") if key in inputs.keys()},
        snakemake.output.table,
        predictions=inputs.predictions,
        shortcut=params.shortcut,
        changed=params.changed,
    )
