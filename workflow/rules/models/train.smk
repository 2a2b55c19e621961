# A network for each fold, and one on shuffled labels for the sanity checks.


rule train:
    input:
        unpack(model_inputs),
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        history="results/{cohort}/{model}/fold-{fold}/history.csv",
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/train.log",
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
