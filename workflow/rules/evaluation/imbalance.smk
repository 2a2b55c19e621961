# Measures of nested training sets, and their curves.


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
        predictions=each_training(f"{TRAINING_RUN}/fold-{{fold}}/predictions.csv", fold=SET_FOLDS),
        photographs=each_training(f"{SET_TABLE}/fold-{{fold}}.csv", fold=SET_FOLDS),
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
