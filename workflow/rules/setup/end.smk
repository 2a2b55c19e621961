# At the end of a run, or where there was nothing to do: where the report is, and in one line what was found; or where a
# case's page is. It is silent if the run was asked for something else.
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.logging import logger

from gestalt_regions.jobs.nothing_to_do import NothingToDo


def say_at_the_end():
    from gestalt_regions.report.run_end import said_at_the_end  # no other process needs it

    for line in said_at_the_end(path for job in workflow.dag.jobs for path in job.output):
        logger.info(line)


onsuccess:
    say_at_the_end()


if workflow.is_main_process:
    logger.addHandler(NothingToDo(NOTHING_TO_BE_DONE_MSG, say_at_the_end))
# As for onstart (start.smk).
if not workflow.modifier.is_main_snakefile():
    workflow._onsuccess = lambda log_file, before=workflow._onsuccess, end=onsuccess: (before(log_file), end())
