# A network for each fold, and one on shuffled labels for the sanity checks; of an aggregate, its experts joined.


rule train:
    input:
        unpack(model_inputs),
        unpack(identity_weights),
        unpack(part_boxes),
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        history="results/{cohort}/{model}/fold-{fold}/history.csv",
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/train.log",
    wildcard_constraints:
        model="|".join(map(re.escape, TRAINED)),
    priority: 1  # every fold's model first: then the maps of all folds keep all cores busy to the end
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=240,
    params:
        model=lambda wildcards: STUDY.networks[wildcards.model],
        recipe=lambda wildcards: config["recipes"][STUDY.networks[wildcards.model]["recipe"]],
        seed=lambda wildcards: STUDY.training_seed(wildcards.model),
        device=config["run"]["device"],
    message:
        "Fine-tuning {wildcards.model}, fold {wildcards.fold}"
    script:
        "../../scripts/train.py"


use rule train as train_shuffled with:
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/shuffled/checkpoint.safetensors",
        history="results/{cohort}/{model}/fold-{fold}/shuffled/history.csv",
        predictions="results/{cohort}/{model}/fold-{fold}/shuffled/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-train_shuffled.log",
    priority: 0
    params:
        shuffled=True,
    message:
        "Fine-tuning {wildcards.model}, fold {wildcards.fold}, on shuffled labels"


rule join_experts:
    input:
        unpack(model_asset),
        checkpoints=of_experts("checkpoint.safetensors"),
        predictions=of_experts("predictions.csv"),
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/join.log",
    wildcard_constraints:
        model="|".join(map(re.escape, AGGREGATES)) or "none",
    priority: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        experts=lambda wildcards: STUDY.experts(wildcards.model),
    message:
        "Joining the experts of {wildcards.model}, fold {wildcards.fold}"
    script:
        "../../scripts/join_experts.py"


use rule join_experts as join_shuffled with:
    input:
        unpack(model_asset),
        checkpoints=of_experts("shuffled/checkpoint.safetensors"),
        predictions=of_experts("shuffled/predictions.csv"),
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/shuffled/checkpoint.safetensors",
        predictions="results/{cohort}/{model}/fold-{fold}/shuffled/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-join_shuffled.log",
    priority: 0
    message:
        "Joining the experts of {wildcards.model}, fold {wildcards.fold}, on shuffled labels"
