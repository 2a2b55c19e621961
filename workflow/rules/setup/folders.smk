# Included first: where the code lies, and the config, for a run may lie in another folder than the code.
# Paths of a study (photographs, tables, results, logs) are relative to the folder of the run. What belongs to the code
# (rules, package, resources, schemas) is found beside this Snakefile, wherever it was taken from.
import os
import sys
import tempfile
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

HERE = workflow.current_basedir

# A module from github(...) or gitlab(...) comes file by file, and a package is no such file. Snakemake has cloned the
# repository, so the whole version that was asked for is checked out below the folder of the run, once.
if hasattr(HERE, "__fspath__"):
    CODE = str(Path(HERE).parents[2])
elif not hasattr(HERE, "hosted_repo"):
    raise WorkflowError(f"gestalt-regions cannot be taken from {HERE}; clone it and give the path, or use github(...).")
else:
    HERE.fetch_if_required()
    REPOSITORY = HERE.hosted_repo.repo
    COMMIT = REPOSITORY.commit(HERE.ref).hexsha
    CODE = os.path.abspath(f".snakemake/gestalt-regions/{COMMIT[:12]}")
    if not os.path.isdir(CODE):
        os.makedirs(os.path.dirname(CODE), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(CODE)) as unpacked:
            REPOSITORY.clone(f"{unpacked}/code", no_checkout=True).git.checkout(COMMIT)
            try:
                os.rename(f"{unpacked}/code", CODE)
            except OSError:  # another process was quicker
                if not os.path.isdir(CODE):
                    raise

if workflow.modifier.path_modifier.prefix or workflow.modifier.path_modifier._prefix_replacements:
    raise WorkflowError(
        "gestalt-regions: a module of it takes no prefix and no replace_prefix. Give the cohort another name instead "
        "(config cohort.name); its results lie in results/<name>."
    )

# How a path begins that belongs to the code. In place nothing: results do not know where their folder lies.
IN_PLACE = os.path.isdir("workflow/rules") and os.path.samefile("workflow/rules", f"{CODE}/workflow/rules")
AT_CODE = "" if IN_PLACE else f"{CODE}/"

# The package is found by every job, in whichever environment it runs.
PACKAGE = os.path.join(CODE, "workflow")
sys.path.insert(0, PACKAGE)
os.environ.update(PYTHONPATH=PACKAGE)

from gestalt_regions.jobs.quick_planning import quicken

quicken(f"{CODE}/workflow/rules")

# The config: what comes with the code; then that of the folder of the run, or of the Snakefile that has this one as a
# module; then what the command line says.
DEFAULTS, OF_RUN = f"{CODE}/config/config.yaml", "config/config.yaml"
if workflow.modifier.skip_configfile:  # a module with `config:`
    COMPLETE = load_configfile(DEFAULTS)
    update_config(COMPLETE, config)
    config.update(COMPLETE)
else:
    if not (os.path.exists(OF_RUN) and os.path.samefile(OF_RUN, DEFAULTS)):

        configfile: DEFAULTS

    if os.path.exists(OF_RUN):

        configfile: OF_RUN
