"""Twin sheet: faces beside their counterfactuals, with what changed."""

from gestalt_regions.figures.twin_sheet import draw_twin_sheet
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_twin_sheet(
        twins_path=inputs.twins,
        changes_path=inputs.changes,
        index_path=inputs.index,
        samples_path=inputs.samples,
        hpo_terms=inputs.hpo_terms,
        output=snakemake.output.figure,
        samples=params.samples,
        count=params.faces,
        colormap=params.colormap,
    )
