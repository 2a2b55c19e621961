"""Figure 2: the workflow."""

import sys
from pathlib import Path

from gestalt_regions.figures.figure2_workflow import draw_workflow
from gestalt_regions.jobs.job import job
from gestalt_regions.jobs.rulegraph import ask_snakemake, over_defaults, rule_graph

with job(snakemake):
    snakefile = Path(snakemake.scriptdir).resolve().parents[1] / "Snakefile"
    evaluation = snakemake.config["evaluation"] | {"in_report": False}  # twenty rules more would hide the others
    config = over_defaults(snakemake.config | {"evaluation": evaluation}, snakefile)
    graph = rule_graph(ask_snakemake(str(snakefile), config, sys.executable))
    draw_workflow(graph, snakemake.params.files, snakemake.output.figure)
