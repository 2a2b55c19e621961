# Maps of the networks of nested training sets, and what these networks use.


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
