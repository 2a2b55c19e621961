"""Figure 2: the workflow."""

from gestalt_regions.figures.workflow import draw
from gestalt_regions.job import job
from gestalt_regions.rulegraph import ask_snakemake, rule_graph

with job(snakemake):
    params = snakemake.params
    draw(
        rule_graph(ask_snakemake(params.snakefile, snakemake.config, params.python)),
        params.files,
        snakemake.output.figure,
    )
