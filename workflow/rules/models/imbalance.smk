# Nested training sets, and their networks.


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
