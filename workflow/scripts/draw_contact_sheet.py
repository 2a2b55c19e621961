"""The maps of every method for any list of faces, on one sheet."""

from gestalt_regions.figures.contact_sheet import draw_contact_sheet
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_contact_sheet(
        map_paths=inputs.maps,
        crops_path=inputs.crops,
        regions_path=inputs.regions,
        faces_path=inputs.index,
        samples_path=inputs.samples,
        output=snakemake.output.figure,
        samples=params.figure["samples"],
        count=params.figure["count"],
        control=params.control,
        colormap=params.colormap,
        selected=selection("contact_sheet", params.figure),
    )
