"""Figure 3: cases, each on a card."""

from gestalt_regions.figures.figure3_cases import draw_cases
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_cases(
        crops_path=inputs.crops,
        regions_path=inputs.regions,
        faces_path=inputs.index,
        samples_path=inputs.samples,
        coefficient_paths=inputs.coefficients,
        annotations_path=inputs.annotations,
        terms_path=inputs.terms,
        output=snakemake.output.figure,
        policy=params.policy,
        samples=params.figure["samples"],
        count=params.figure["count"],
        control=params.control,
        selected=selection("figure3", params.figure),
    )
