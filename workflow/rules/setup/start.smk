# Before the first job of a run: nobody else makes what it makes, and it is said once if there is no GPU.
from snakemake.logging import logger

from gestalt_regions.jobs import gpus
from gestalt_regions.core.errors import InputError

# Stages of the status line (--logger stages): folder of the rules -> its name there, in this order.
STAGE_NAMES = {
    "assets": "assets",
    "cohort": "cohort",
    "faces": "faces",
    "models": "networks",
    "saliency": "saliency",
    "evaluation": "evaluation",
    "statistics": "statistics",
    "matching": "matching",
    "cases": "cases",
    "figures": "figures",
    "clinicians": "clinicians",
    "report": "report",
}
STAGE_OF_RULE = {
    each.name: name
    for folder, name in STAGE_NAMES.items()
    for each in OURS
    if Path(each.snakefile).parent.name == folder and not each.norun
}
OWN_METHODS = {"imbalance"}  # files of the evaluation whose rules look at methods that they name themselves
OF_CASES = {"case_gallery", "explain_case", "case_page", "case"}
STATUS = "snakemake_logger_plugin_stages"
ON_GPU = {each.name for each in OURS if "gpu" in each.resources and each.resources["gpu"].value}


onstart:
    planned = list(workflow.dag.needrun_jobs())
    try:
        runs.lock(runs.folders(path for job in planned for path in job.output))
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")
    if runs.STATUS_LINE in os.environ and STATUS in sys.modules:
        from gestalt_regions.tools.plan.expected import seconds_of_rules  # no other process needs it

        seconds = seconds_of_rules(config, NAME.values(), f"{CODE}/resources/rates.csv")
        seconds = {each.name: seconds[NAME[each]] for each in OURS if NAME[each] in seconds}
        sys.modules[STATUS].planned(STAGE_OF_RULE, seconds)
    for caution in STUDY.cautions() if any(NAME.get(job.rule) == "train" for job in planned) else []:
        logger.warning(caution)
    if MATCHING_ALONE and any(NAME.get(job.rule) == "all" for job in planned):
        logger.info(f"No control class (config statistics.control is empty): matching of {COHORT} alone.")
    if STUDY.not_evaluated() and any(
        job.rule in NAME
        and "/evaluation/" in os.fspath(job.rule.snakefile)
        and Path(job.rule.snakefile).stem not in OWN_METHODS
        for job in planned
    ):
        logger.info(STUDY.not_evaluated())
    first = [job for job in planned if NAME.get(job.rule) not in OF_CASES]
    if first and any(NAME.get(job.rule) == "case" for job in planned):
        logger.warning(
            f"case: the study {COHORT} is not finished, {len(first)} of its jobs come first (-n shows them)"
        )
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
    if workflow.local_exec and workflow.is_main_process:
        from gestalt_regions.jobs.shared_starts import share_starts  # no planning needs it

        if why := share_starts():
            logger.debug(f"Each job starts alone: {why}")


# Of a module Snakemake forgets it; what the Snakefile above may have said before goes first.
if not workflow.modifier.is_main_snakefile():
    workflow._onstart = lambda log_file, before=workflow._onstart, start=onstart: (before(log_file), start())
