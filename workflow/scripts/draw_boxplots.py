"""Figure 6: box plots of the region coefficients."""

from gestalt_regions.figures.figure6_boxplots import draw_boxplots
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    draw_boxplots(
        coefficient_paths=inputs.coefficients,
        tests_path=inputs.tests,
        samples_path=inputs.samples,
        output=snakemake.output.figure,
        variant="corrected",
        **settings(snakemake),
    )
