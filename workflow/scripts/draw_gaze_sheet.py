"""Faces with fixations, densities and maps."""

from gestalt_regions.figures.gaze_sheet import draw_gaze_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = dict(snakemake.input.items())
    draw_gaze_sheet(
        list(snakemake.input.maps),
        list(snakemake.input.indices),
        {name: inputs[name] for name in ("fixations", "densities", "index", "crops", "faces", "samples")},
        snakemake.output.figure,
        **settings(snakemake),
    )
