"""The maps of every method for any list of faces, on one sheet."""

from gestalt_regions.figures.contact_sheet import draw_contact_sheet
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_contact_sheet(
        inputs.maps,
        inputs.crops,
        inputs.regions,
        inputs.index,
        inputs.samples,
        snakemake.output.figure,
        samples=params.samples,
        count=params.faces,
        control=params.control,
        colormap=params.colormap,
    )
