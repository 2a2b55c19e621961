# Measures that need no truth, but new passes through the networks (docs/concepts/measures_without_truth.md).

OBJECTIVE = config["evaluation"]["objective"]


# What the networks say to faces without some squares: the same for every method.
rule score_squares:
    input:
        unpack(model_inputs),
        checkpoints=each_fold("checkpoint.safetensors"),
        evaluated="results/{cohort}/evaluated.csv",
    output:
        drops=f"{EVALUATION}/squares.npy",
        index=f"{EVALUATION}/squares.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-squares.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        folds=FOLDS,
        images=OBJECTIVE["images"],
        squares=OBJECTIVE["squares"],
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        precision=PRECISION,
    message:
        "Faces without squares, by {wildcards.model}"
    script:
        "../../scripts/score_squares.py"


rule score_objective:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        unpack(maps_of_method),
        checkpoints=each_fold("checkpoint.safetensors"),
        drops=rules.score_squares.output.drops,
        squares=rules.score_squares.output.index,
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        curves=f"{EVALUATION}/{{group}}/curves/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="objective",
    conda:
        "../../../envs/torch.yaml"
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
        seed=SEED,
        device=config["run"]["device"],
        precision=PRECISION,
        control=config["statistics"]["control"],
    message:
        "Objective measures of {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/score_objective.py"


rule draw_removal:
    input:
        curves=expand(f"{EVALUATION}/objective/curves/{{method}}.csv", method=EVALUATED, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/objective_curves.svg",
            caption="../../report/objective_curves.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "deletion, insertion, ROAD", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-objective_curves.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=EVALUATED,
        sign=OBJECTIVE["signs"][0],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Deletion, insertion and ROAD curves of {wildcards.model}"
    script:
        "../../scripts/draw_removal.py"
