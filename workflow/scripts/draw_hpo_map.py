"""Figure 4a: t-SNE of the HPO annotations."""

from gestalt_regions.figures.figure4_hpo import draw_hpo_map
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_hpo_map(
        snakemake.input.annotations,
        snakemake.input.labels,
        *snakemake.output,
        simulated=snakemake.params.simulated,
        perplexity=snakemake.params.perplexity,
        seed=snakemake.params.seed,
    )
