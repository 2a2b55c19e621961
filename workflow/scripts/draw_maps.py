"""Figure 5: the maps of every method for the same faces."""

from gestalt_regions.figures.figure5_maps import draw_maps
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_maps(
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
