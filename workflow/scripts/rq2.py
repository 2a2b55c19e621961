"""Table 4 (RQ2) in every variant, and the correlations behind it."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.table4_rq2 import write_table4

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    write_table4(
        inputs.coefficients,
        inputs.samples,
        inputs.annotations,
        inputs.terms,
        {"csv": outputs.csv, "tex": outputs.tex},
        outputs.folds,
        variants=params.variants,
        policy=params.policy,
        bootstrap=params.bootstrap,
        seed=params.seed,
    )
