"""Figure 4a: t-SNE of the HPO annotations."""

from gestalt_regions.figures.figure4_hpo import draw_hpo_map
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_hpo_map(
        snakemake.input.annotations,
        snakemake.input.labels,
        *snakemake.output,
        **settings(snakemake),
    )
