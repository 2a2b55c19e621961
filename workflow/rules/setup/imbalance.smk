# Class imbalance and the number of classes (config imbalance): training sets, and where their files lie. Included where a
# study has that section; docs/howto/imbalance.md.
from gestalt_regions.evaluation.imbalance.planned_sets import planned_sets, runs_of_set

IMBALANCE = config["imbalance"]
SETS = planned_sets(IMBALANCE, config["statistics"]["control"])
SET_FOLDS = FOLDS[: IMBALANCE["folds"]]
SET_RUNS = list(range(1, IMBALANCE["runs"] + 1))
TRAININGS = [(name, run) for name in SETS for run in runs_of_set(name, IMBALANCE["runs"])]
SET_MODELS = [model for model in MODELS if model in TRAINED]
SET_METHODS, SET_CONTROLS = IMBALANCE["methods"], IMBALANCE["controls"]
WITH_TRUTH = RENDERED and config["cohort"]["counterfactuals"]["which"] != "none"
SET_REGIONS = RANKED_SET or "paper"
SET_TABLE = "results/{cohort}/imbalance/sets/{trained_on}"
TRAINING_RUN = "results/{cohort}/{model}/imbalance/{trained_on}/run-{run}"
STUDY_OF_SETS = "results/{cohort}/{model}/imbalance"
SET_MAPS = f"{TRAINING_RUN}/fold-{{fold}}/{{method}}"
CURVES = ["accuracy", "similarity", *(["recovery", "use"] if WITH_TRUTH else []), "differences"]
WHOLE_RUN = {"trained_on": "whole", "run": 1}
OF_CONTROLS = {**WHOLE_RUN, "allow_missing": True}
TAKEN = {take for method in SET_METHODS for take in STUDY.registered(method).takes}


def each_training(path, **of_folds):
    """A file of every training of every set; with fold, of each fold."""
    return [
        each
        for name, run in TRAININGS
        for each in expand(path, trained_on=name, run=run, allow_missing=True, **of_folds)
    ]


def maps_of_training(methods, kind, **of):
    """The maps (npy), or their indices (csv), of one training: those of each method, of each fold."""
    return expand(f"{SET_MAPS}.{kind}", method=methods, fold=SET_FOLDS, allow_missing=True, **of)


def given_photographs(wildcards):
    """The table of folds whose photographs methods are given: of all people of the classes that the network knows."""
    name = wildcards.trained_on if wildcards.trained_on.startswith("classes-") else "whole"
    return expand(f"{SET_TABLE}/fold-{{fold}}.csv", cohort=wildcards.cohort, trained_on=name, fold=SET_FOLDS)


def faces_of_sets(wildcards):
    """What the methods take beside the image, as faces_of_method."""
    faces = f"results/{wildcards.cohort}/faces"
    files = {"index": f"{faces}/index.csv"} if TAKEN else {}
    files |= {"landmarks": f"{faces}/landmarks.npy"} if "landmarks" in TAKEN else {}
    files |= {"sets": REGION_FILE, **region_stacks(wildcards)} if "regions" in TAKEN else {}
    return {f"faces_{name}": path for name, path in files.items()}


def truth_of_sets(wildcards):
    """What is true of the faces, and the maps of controls, where the truth is known."""
    if not WITH_TRUTH:
        return {}
    return {
        "changes": truth_stack("changes", wildcards),
        "truth": f"results/{wildcards.cohort}/truth/index.csv",
        "use": f"{TRAINING_RUN}/use.csv".format(**wildcards),
        "control_maps": expand(maps_of_training(SET_CONTROLS, "npy", **WHOLE_RUN), **wildcards),
        "control_indices": expand(maps_of_training(SET_CONTROLS, "csv", **WHOLE_RUN), **wildcards),
    }


def whole_set(wildcards):
    """The maps of each training of the whole set, and what its networks use."""
    files = {}
    for run in SET_RUNS:
        of = {"trained_on": "whole", "run": run}
        places = {"cohort": wildcards.cohort, "model": wildcards.model}
        for name, kind in (("maps", "npy"), ("indices", "csv")):
            files[f"{name}_{run}"] = expand(maps_of_training(SET_METHODS, kind, **of), **places)
        if WITH_TRUTH:
            files[f"use_{run}"] = f"{TRAINING_RUN}/use.csv".format(**of, **places)
    return files
