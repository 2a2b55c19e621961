"""Maps of one method against the pixels that changed."""

from gestalt_regions.evaluation.groups.pixels import write_pixels
from gestalt_regions.evaluation.scored_maps import from_job
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    write_pixels(
        from_job(snakemake),
        {key: inputs[key] for key in ("changes", "truth")},
        dict(snakemake.output.items()),
        predictions=inputs.predictions,
        changed=snakemake.params.changed,
    )
