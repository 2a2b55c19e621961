"""Table 4 (RQ2) in every variant, and the correlations behind it."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.table4_rq2 import write_table4

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_table4(
        coefficient_paths=inputs.coefficients,
        samples_path=inputs.samples,
        annotations_path=inputs.annotations,
        terms_path=inputs.terms,
        audit_path=inputs.audit,
        outputs={"csv": outputs.csv, "tex": outputs.tex},
        folds_path=outputs.folds,
        **settings(snakemake),
    )
