# Class imbalance and the number of classes (config imbalance): networks of nested training sets, and their maps.
# Read where a study has that section alone; docs/howto/imbalance.md.
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


def each_training(path):
    """A file of every training of every set."""
    return [
        each
        for name, run in TRAININGS
        for each in expand(path, trained_on=name, run=run, fold=SET_FOLDS, allow_missing=True)
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


rule imbalance_subsets:
    input:
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
        explained="results/{cohort}/explained.csv",
    output:
        people="results/{cohort}/imbalance/subsets.csv",
        sets="results/{cohort}/imbalance/sets.csv",
        tables=expand(f"{SET_TABLE}/fold-{{fold}}.csv", trained_on=SETS, fold=SET_FOLDS, allow_missing=True),
        explained=expand(f"{SET_TABLE}/explained.csv", trained_on=SETS, allow_missing=True),
    log:
        "results/logs/{cohort}/imbalance-subsets.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folder="results/{cohort}/imbalance/sets",
        section=IMBALANCE,
        control=config["statistics"]["control"],
        folds=SET_FOLDS,
        seed=SEED,
    message:
        "Class imbalance: who is in which training set"
    script:
        "../../scripts/imbalance_subsets.py"


rule imbalance_train:
    input:
        unpack(model_inputs),
        unpack(identity_weights),
        unpack(part_boxes),
        index="results/{cohort}/faces/index.csv",
        tables=expand(f"{SET_TABLE}/fold-{{fold}}.csv", fold=SET_FOLDS, allow_missing=True),
    output:
        checkpoints=expand(f"{TRAINING_RUN}/fold-{{fold}}/checkpoint.safetensors", fold=SET_FOLDS, allow_missing=True),
        histories=expand(f"{TRAINING_RUN}/fold-{{fold}}/history.csv", fold=SET_FOLDS, allow_missing=True),
        predictions=expand(f"{TRAINING_RUN}/fold-{{fold}}/predictions.csv", fold=SET_FOLDS, allow_missing=True),
    log:
        "results/logs/{cohort}/{model}/imbalance/train-{trained_on}-{run}.log",
    wildcard_constraints:
        trained_on="|".join(map(re.escape, SETS)),
        run=r"[1-9][0-9]*",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=240,
    params:
        model=lambda wildcards: STUDY.networks[wildcards.model],
        recipe=lambda wildcards: config["recipes"][STUDY.networks[wildcards.model]["recipe"]],
        folds=SET_FOLDS,
        seed=SEED,
        device=config["run"]["device"],
    message:
        "Class imbalance: training {wildcards.model} on {wildcards.trained_on}, run {wildcards.run}"
    script:
        "../../scripts/imbalance_train.py"


rule imbalance_maps:
    input:
        unpack(model_asset),
        unpack(faces_of_sets),
        unpack(lambda wildcards: counterfactual_pictures(wildcards) if WITH_TRUTH else {}),
        crops=lambda wildcards: face_stack("crops", wildcards),
        checkpoints=rules.imbalance_train.output.checkpoints,
        photographs=given_photographs,
        explained=f"{SET_TABLE}/explained.csv",
    output:
        **({"use": f"{TRAINING_RUN}/use.csv"} if WITH_TRUTH else {}),
        maps=maps_of_training(SET_METHODS, "npy"),
        indices=maps_of_training(SET_METHODS, "csv"),
    log:
        "results/logs/{cohort}/{model}/imbalance/maps-{trained_on}-{run}.log",
    wildcard_constraints:
        trained_on="|".join(map(re.escape, SETS)),
        run=r"[1-9][0-9]*",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        methods={method: STUDY.method_settings(method) for method in SET_METHODS},
        folds=SET_FOLDS,
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        control=config["statistics"]["control"],
    message:
        "Class imbalance: maps of {wildcards.model} trained on {wildcards.trained_on}, run {wildcards.run}"
    script:
        "../../scripts/imbalance_maps.py"


# Controls know no network: their maps are made once, by that of the first run, and are those of every set.
use rule imbalance_maps as imbalance_controls with:
    input:
        unpack(model_asset),
        crops=lambda wildcards: face_stack("crops", wildcards),
        checkpoints=expand(rules.imbalance_train.output.checkpoints, **OF_CONTROLS),
        photographs=expand(f"{SET_TABLE}/fold-{{fold}}.csv", fold=SET_FOLDS, **OF_CONTROLS),
        explained="results/{cohort}/imbalance/sets/whole/explained.csv",
    output:
        maps=maps_of_training(SET_CONTROLS, "npy", **WHOLE_RUN),
        indices=maps_of_training(SET_CONTROLS, "csv", **WHOLE_RUN),
    log:
        "results/logs/{cohort}/{model}/imbalance/controls.log",
    params:
        methods={method: STUDY.method_settings(method) for method in SET_CONTROLS},
    message:
        "Class imbalance: maps of controls for {wildcards.model}"


rule imbalance_values:
    input:
        unpack(truth_of_sets),
        unpack(whole_set),
        maps=maps_of_training(SET_METHODS, "npy"),
        indices=maps_of_training(SET_METHODS, "csv"),
        predictions=rules.imbalance_train.output.predictions,
        samples="results/{cohort}/samples.csv",
        faces="results/{cohort}/faces/index.csv",
        sets=REGION_FILE,
        regions=lambda wildcards: face_stack(
            "regions" if SET_REGIONS == "paper" else f"regions_{SET_REGIONS}", wildcards
        ),
        boxes=lambda wildcards: face_stack("regions", wildcards),
    output:
        values=f"{TRAINING_RUN}/values.csv",
    log:
        "results/logs/{cohort}/{model}/imbalance/values-{trained_on}-{run}.log",
    wildcard_constraints:
        trained_on="|".join(map(re.escape, SETS)),
        run=r"[1-9][0-9]*",
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        runs=SET_RUNS,
        own=lambda wildcards: int(wildcards.run) - 1 if wildcards.trained_on == "whole" else -1,
        folds=SET_FOLDS,
        methods=SET_METHODS,
        controls=SET_CONTROLS,
        region_set=SET_REGIONS,
        policy={SHOWN["policy"]: POLICIES[SHOWN["policy"]]},
        changed=config["evaluation"]["changed"],
    message:
        "Class imbalance: measures of {wildcards.model} trained on {wildcards.trained_on}, run {wildcards.run}"
    script:
        "../../scripts/imbalance_values.py"


rule imbalance_curves:
    input:
        values=each_training(f"{TRAINING_RUN}/values.csv"),
        predictions=each_training(f"{TRAINING_RUN}/fold-{{fold}}/predictions.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        **{
            name: report(
                f"{STUDY_OF_SETS}/{name}.csv",
                caption=f"../../report/imbalance_{name}.rst",
                category="Evaluation",
                subcategory="{model}",
                labels={"content": f"class imbalance: {name}", "format": "CSV"},
            )
            for name in CURVES
        },
    log:
        "results/logs/{cohort}/{model}/imbalance/curves.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        trainings=[name for name, _ in TRAININGS],
        section=IMBALANCE,
        control=config["statistics"]["control"],
        folds=SET_FOLDS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Class imbalance: curves of {wildcards.model}"
    script:
        "../../scripts/imbalance_curves.py"


rule draw_imbalance:
    input:
        **{name: rules.imbalance_curves.output[name] for name in CURVES if name != "differences"},
    output:
        **{
            varied: report(
                f"{STUDY_OF_SETS}/{varied}.svg",
                caption=f"../../report/imbalance_{varied}.rst",
                category="Evaluation",
                subcategory="{model}",
                labels={"content": f"class imbalance: {varied}", "format": "SVG"},
            )
            for varied in ("ratio", "classes")
        },
    log:
        "results/logs/{cohort}/{model}/imbalance/draw.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=SET_METHODS,
        controls=SET_CONTROLS,
    message:
        "Class imbalance: figures of {wildcards.model}"
    script:
        "../../scripts/draw_imbalance.py"
