"""Table 3 (RQ1) in every variant, and the tests behind it."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.table3_rq1 import write_table3

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_table3(
        coefficient_paths=inputs.coefficients,
        samples_path=inputs.samples,
        same_path=inputs.same,
        outputs={"csv": outputs.csv, "tex": outputs.tex},
        tests_path=outputs.tests,
        tests_tex_path=outputs.tests_tex,
        **settings(snakemake),
    )
