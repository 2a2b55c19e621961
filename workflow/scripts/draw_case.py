"""Figure 3: cases, each on a card."""

from gestalt_regions.figures.figure3_cases import draw_cases
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_cases(
        inputs.crops,
        inputs.regions,
        inputs.index,
        inputs.samples,
        inputs.coefficients,
        inputs.annotations,
        inputs.terms,
        snakemake.output.figure,
        policy=params.policy,
        samples=params.samples,
        count=params.cases,
        control=params.control,
    )
