"""Maps against where readers look."""

from gestalt_regions.clinicians.eye_tracking.eye_tracking_steps import score_gaze
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    score_gaze(
        list(snakemake.input.maps),
        list(snakemake.input.indices),
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        **settings(snakemake),
    )
