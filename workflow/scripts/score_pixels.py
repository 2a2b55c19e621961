"""Maps of one method against the pixels that changed."""

from gestalt_regions.evaluation.frame import from_job
from gestalt_regions.evaluation.pixels import write_pixels
from gestalt_regions.job import job

with job(snakemake):
    inputs = snakemake.input
    write_pixels(
        from_job(snakemake),
        {key: inputs[key] for key in ("changes", "truth")},
        dict(snakemake.output.items()),
        predictions=inputs.predictions,
        changed=snakemake.params.changed,
    )
