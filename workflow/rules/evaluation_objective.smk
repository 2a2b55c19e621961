# Measures that need no truth, but mostly new passes through the networks (docs/evaluation_objective.md).

OBJECTIVE = config["evaluation"]["objective"]
SANITY = config["evaluation"]["sanity"]
SANITY_FOLDS = FOLDS[: SANITY["folds"]]


rule train_shuffled:
    input:
        unpack(model_inputs),
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        checkpoint="results/{cohort}/{model}/fold-{fold}/shuffled/checkpoint.safetensors",
        history="results/{cohort}/{model}/fold-{fold}/shuffled/history.csv",
        predictions="results/{cohort}/{model}/fold-{fold}/shuffled/predictions.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-train_shuffled.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/fold-{fold}/evaluation-train_shuffled.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=240,
    params:
        model=lambda wildcards: config["models"][wildcards.model],
        recipe=lambda wildcards: config["recipes"][config["models"][wildcards.model]["recipe"]],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
        shuffled=True,
    message:
        "Fine-tuning {wildcards.model}, fold {wildcards.fold}, on shuffled labels"
    script:
        "../scripts/train.py"


# What the networks say to faces without some squares: the same for every method.
rule score_squares:
    input:
        unpack(model_inputs),
        checkpoints=expand(f"{FOLD_OF}/checkpoint.safetensors", fold=FOLDS),
        evaluated="results/{cohort}/evaluated.csv",
    output:
        drops=f"{EVALUATION}/squares.npy",
        index=f"{EVALUATION}/squares.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-squares.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-squares.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        folds=FOLDS,
        images=OBJECTIVE["images"],
        squares=OBJECTIVE["squares"],
        batch=config["run"]["batch_size"],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
    message:
        "Faces without squares, by {wildcards.model}"
    script:
        "../scripts/score_squares.py"


rule score_objective:
    input:
        unpack(model_inputs),
        unpack(maps_of_method),
        checkpoints=expand(f"{FOLD_OF}/checkpoint.safetensors", fold=FOLDS),
        drops=rules.score_squares.output.drops,
        squares=rules.score_squares.output.index,
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        curves=f"{EVALUATION}/{{group}}/curves/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="objective",
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        folds=FOLDS,
        method=lambda wildcards: STUDY.method_settings(wildcards.method),
        settings={key: value for key, value in OBJECTIVE.items() if key not in ("images", "squares")},
        squares=OBJECTIVE["squares"],
        batch=config["run"]["batch_size"],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
    message:
        "Objective measures of {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/score_objective.py"


rule score_sanity:
    input:
        unpack(model_inputs),
        unpack(region_stacks),
        maps_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.npy", fold=SANITY_FOLDS),
        indices_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.csv", fold=SANITY_FOLDS),
        checkpoints=expand(f"{FOLD_OF}/checkpoint.safetensors", fold=SANITY_FOLDS),
        shuffled=expand(f"{FOLD_OF}/shuffled/checkpoint.safetensors", fold=SANITY_FOLDS),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets="resources/regions.yaml",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        curves=f"{EVALUATION}/{{group}}/curves/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="sanity",
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        folds=SANITY_FOLDS,
        method=lambda wildcards: STUDY.method_settings(wildcards.method),
        policies=config["coefficients"]["policies"],
        images=SANITY["images"],
        batch=config["run"]["batch_size"],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
    message:
        "Sanity of {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/score_sanity.py"


rule score_agreement:
    input:
        unpack(region_stacks),
        maps_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.npy", fold=FOLDS),
        indices_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.csv", fold=FOLDS),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets="resources/regions.yaml",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="agreement",
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=config["coefficients"]["policies"],
    message:
        "Agreement of the folds about {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/score_agreement.py"


rule draw_removal:
    input:
        curves=expand(f"{EVALUATION}/objective/curves/{{method}}.csv", method=EVALUATED, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/objective_curves.svg",
            caption="../report/objective_curves.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "deletion, insertion, ROAD", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-objective_curves.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-objective_curves.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=EVALUATED,
        sign=OBJECTIVE["signs"][0],
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Deletion, insertion and ROAD curves of {wildcards.model}"
    script:
        "../scripts/draw_removal.py"


rule draw_cascade:
    input:
        curves=expand(f"{EVALUATION}/sanity/curves/{{method}}.csv", method=EVALUATED, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/sanity_curves.svg",
            caption="../report/sanity_curves.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "cascade", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-sanity_curves.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-sanity_curves.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=EVALUATED,
        controls=CONTROLS,
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Cascades of {wildcards.model}"
    script:
        "../scripts/draw_cascade.py"
