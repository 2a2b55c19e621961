"""Figure 5: the maps of every method for the same faces."""

from gestalt_regions.figures.figure5_maps import draw_maps
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_maps(
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
        selected=selection("figure5", params.figure),
    )
