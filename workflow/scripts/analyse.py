"""One analysis beyond the paper's tables."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.analyses.analysis_registry import write_analysis

with job(snakemake):
    files = dict(snakemake.input.items())
    write_analysis(
        snakemake.wildcards.analysis,
        files=files,
        csv=snakemake.output.csv,
        tex=snakemake.output.tex,
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
    )
