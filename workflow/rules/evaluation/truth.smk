# Explanations against the truth of a rendered cohort: regions and pixels that changed (docs/concepts/evaluation.md).
# A group of measures is one rule: {group}/{method}.csv, and {group}/pairs/{method}.csv where regions are pooled.


rule score_recovery:
    input:
        unpack(maps_of_method),
        unpack(region_stacks),
        predictions=each_fold("predictions.csv"),
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
        displacement="results/{cohort}/truth/displacement.csv",
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        pairs=f"{EVALUATION}/{{group}}/pairs/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="recovery",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=POLICIES,
        changed=config["evaluation"]["changed"],
    message:
        "Region recovery of {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/score_recovery.py"


rule score_pixels:
    input:
        unpack(maps_of_method),
        predictions=each_fold("predictions.csv"),
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="pixels",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        changed=config["evaluation"]["changed"],
    message:
        "Maps of {wildcards.method} for {wildcards.model} against the pixels that changed"
    script:
        "../../scripts/score_pixels.py"
