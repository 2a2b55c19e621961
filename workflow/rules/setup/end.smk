# After the last job of a run: where its report is, and in one line what was found; or where a case's page is. It is silent
# if the run was asked for something else. Where there was nothing to do, Snakemake asks nobody.
from snakemake.logging import logger


onsuccess:
    from gestalt_regions.report.run_end import said_at_the_end  # no other process needs it

    for line in said_at_the_end(path for job in workflow.dag.jobs for path in job.output):
        logger.info(line)


# As for onstart (start.smk).
if not workflow.modifier.is_main_snakefile():
    workflow._onsuccess = lambda log_file, before=workflow._onsuccess, end=onsuccess: (before(log_file), end())
