"""The sheet of the maps of every syndrome by one method."""

from gestalt_regions.figures.syndrome_sheet import draw_syndrome_sheet
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_syndrome_sheet(
        inputs.stack,
        inputs.summary,
        inputs.outlines,
        inputs.composites,
        inputs.classes,
        snakemake.output.figure,
        method=snakemake.wildcards.method,
        variant=snakemake.wildcards.variant,
        alpha=params.alpha,
        colormap=params.colormap,
    )
