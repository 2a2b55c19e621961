"""The gallery faces nearest to queries."""

from gestalt_regions.figures.match_sheet import draw_match_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    draw_match_sheet(
        nearest_path=inputs.nearest,
        splits_path=inputs.splits,
        crops_path=inputs.crops,
        faces_path=inputs.index,
        samples_path=inputs.samples,
        output=snakemake.output.figure,
        **settings(snakemake),
    )
