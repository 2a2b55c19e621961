"""The parts of a few faces, as DeepGestalt's experts see them."""

from gestalt_regions.figures.part_sheet import draw_part_sheet
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, figure = snakemake.input, snakemake.params.figure
    draw_part_sheet(
        crops_path=inputs.crops,
        index_path=inputs.index,
        samples_path=inputs.samples,
        parts_path=inputs.parts,
        output=snakemake.output.figure,
        windows=snakemake.params.windows,
        samples=figure["samples"],
        count=figure["count"],
    )
