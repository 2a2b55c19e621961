# Before the first job of a run: nobody else makes what it makes, and it is said once if there is no GPU.
from snakemake.logging import logger

from gestalt_regions.jobs import gpus
from gestalt_regions.core.errors import InputError

ON_GPU = {each.name for each in OURS if "gpu" in each.resources and each.resources["gpu"].value}


onstart:
    planned = list(workflow.dag.needrun_jobs())
    try:
        runs.lock(runs.folders(path for job in planned for path in job.output))
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")
    for caution in STUDY.cautions() if any(NAME.get(job.rule) == "train" for job in planned) else []:
        logger.warning(caution)
    if MATCHING_ALONE and any(NAME.get(job.rule) == "all" for job in planned):
        logger.info(f"No control class (config statistics.control is empty): matching of {COHORT} alone.")
    if STUDY.not_evaluated() and any(
        job.rule in NAME and "/evaluation/" in os.fspath(job.rule.snakefile) for job in planned
    ):
        logger.info(STUDY.not_evaluated())
    named = ", ".join(sorted(ON_GPU & {job.rule.name for job in planned}))
    if named and workflow.local_exec and config["run"]["device"] == "cuda" and not gpus.gpu_present(os.environ):
        sys.exit(
            f"gestalt-regions: config run.device is cuda, but no GPU is seen here ({named}); set it to auto or cpu"
        )
    if named and workflow.local_exec and config["run"]["device"] == "auto" and not gpus.gpu_present(os.environ):
        logger.info(f"No GPU is seen here: {named} run on the CPU.")
    # To keep to its limit of 100 new jobs a second, Snakemake 9 looks for work again a second after every look, and after
    # every job that ends; these add up, to a whole core after some hundred jobs. On one machine nothing needs the limit.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


# Of a module Snakemake forgets it; what the Snakefile above may have said before goes first.
if not workflow.modifier.is_main_snakefile():
    workflow._onstart = lambda log_file, before=workflow._onstart, start=onstart: (before(log_file), start())
