"""Twin sheet: faces beside their counterfactuals, with what changed."""

from gestalt_regions.figures.twin_sheet import draw_twin_sheet
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_twin_sheet(
        inputs.twins,
        inputs.changes,
        inputs.index,
        inputs.samples,
        inputs.hpo_terms,
        snakemake.output.figure,
        samples=params.samples,
        count=params.faces,
        colormap=params.colormap,
    )
