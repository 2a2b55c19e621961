rule explained:
    input:
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        "results/{cohort}/explained.csv",
    log:
        "results/logs/{cohort}/saliency-explained.log",
    benchmark:
        "results/benchmarks/{cohort}/saliency-explained.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folds_per_class=config["saliency"]["folds_per_class"],
        heldout_per_class=config["saliency"]["heldout_per_class"],
        seed=config["run"]["seed"],
    message:
        "Choosing the images to explain"
    script:
        "../scripts/explained.py"


rule saliency:
    input:
        unpack(model_inputs),
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        explained="results/{cohort}/explained.csv",
    output:
        maps="results/{cohort}/{model}/fold-{fold}/saliency/{method}.npy",
        index="results/{cohort}/{model}/fold-{fold}/saliency/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/saliency-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/fold-{fold}/saliency-{method}.tsv"
    wildcard_constraints:
        method="|".join(map(re.escape, METHODS)),
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        settings=lambda wildcards: config["saliency"]["methods"][wildcards.method],
        batch=config["run"]["batch_size"],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
    message:
        "{wildcards.method} for {wildcards.model}, fold {wildcards.fold}"
    script:
        "../scripts/saliency.py"
