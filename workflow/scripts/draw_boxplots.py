"""Figure 6: box plots of the region coefficients."""

from gestalt_regions.figures.figure6_boxplots import draw_boxplots
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_boxplots(
        coefficient_paths=inputs.coefficients,
        tests_path=inputs.tests,
        samples_path=inputs.samples,
        output=snakemake.output.figure,
        policy=params.policy,
        control=params.control,
        syndromes=params.syndromes,
        variant=params.figure["variant"],
        unit=params.unit,
        selected=selection("figure6", params.figure),
    )
