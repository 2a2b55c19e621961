# Every explanation against the truth, beside controls that explain nothing (docs/evaluation.md).
# A group of measures is one rule: {group}/{method}.csv, and {group}/pairs/{method}.csv where regions are pooled.

from gestalt_regions.evaluation import registry

FOLD_OF = "results/{{cohort}}/{{model}}/fold-{fold}"
EVALUATION = "results/{cohort}/{model}/evaluation"
GROUPS = STUDY.groups
MEASURES = registry.described(GROUPS)
PAIRED = [group for group in GROUPS if any(m["group"] == group and m["pooled"] for m in MEASURES.values())]
MAPS = scored_per_class(config)
CONTROLS = [method for method in EVALUATED if STUDY.is_control(method)]
UNTRAINED = [method for method in EVALUATED if method not in CONTROLS]


# The images whose maps are scored: the first of those that are explained.
use rule explained as scored with:
    output:
        "results/{cohort}/scored.csv",
    log:
        "results/logs/{cohort}/evaluation-maps.log",
    benchmark:
        "results/benchmarks/{cohort}/evaluation-maps.tsv"
    params:
        **MAPS,
        seed=config["run"]["seed"],
    message:
        "Choosing the images whose maps are scored"


# The images for measures that need new passes through a network: the first of those whose maps are scored.
use rule explained as evaluated with:
    output:
        "results/{cohort}/evaluated.csv",
    log:
        "results/logs/{cohort}/evaluation-images.log",
    benchmark:
        "results/benchmarks/{cohort}/evaluation-images.tsv"
    params:
        folds_per_class=fewest(config["evaluation"]["folds_per_class"], MAPS["folds_per_class"]),
        heldout_per_class=fewest(config["evaluation"]["heldout_per_class"], MAPS["heldout_per_class"]),
        seed=config["run"]["seed"],
    message:
        "Choosing the images for new passes through the networks"


# Controls that are no method of the study; all folds in one job, because each takes a second.
rule control_maps:
    input:
        unpack(model_inputs),
        checkpoints=expand(f"{FOLD_OF}/checkpoint.safetensors", fold=FOLDS),
        explained="results/{cohort}/scored.csv",
    output:
        maps=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.npy", fold=FOLDS),
        index=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.csv", fold=FOLDS),
    log:
        "results/logs/{cohort}/{model}/saliency-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/saliency-{method}.tsv"
    wildcard_constraints:
        method="|".join(map(re.escape, STUDY.controls)) or "none",
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        folds=FOLDS,
        settings=lambda wildcards: STUDY.method_settings(wildcards.method),
        batch=config["run"]["batch_size"],
        seed=config["run"]["seed"],
        device=config["run"]["device"],
    message:
        "Control {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/saliency_of_folds.py"


# The same method on a network whose weights are all drawn again, for the targets of the trained one.
use rule control_maps as untrained_maps with:
    input:
        unpack(model_inputs),
        checkpoints=rules.control_maps.input.checkpoints,
        explained="results/{cohort}/evaluated.csv",
        trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.csv", fold=FOLDS),
    output:
        maps=expand(f"{FOLD_OF}/untrained/{{{{method}}}}.npy", fold=FOLDS),
        index=expand(f"{FOLD_OF}/untrained/{{{{method}}}}.csv", fold=FOLDS),
    log:
        "results/logs/{cohort}/{model}/untrained-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/untrained-{method}.tsv"
    wildcard_constraints:
        method="|".join(map(re.escape, UNTRAINED)),
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    message:
        "{wildcards.method} on untrained networks like {wildcards.model}"


rule score_recovery:
    input:
        unpack(maps_of_method),
        unpack(region_stacks),
        predictions=expand(f"{FOLD_OF}/predictions.csv", fold=FOLDS),
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
        displacement="results/{cohort}/truth/displacement.csv",
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets="resources/regions.yaml",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        pairs=f"{EVALUATION}/{{group}}/pairs/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="recovery",
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=config["coefficients"]["policies"],
        changed=config["evaluation"]["changed"],
    message:
        "Region recovery of {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/score_recovery.py"


rule score_pixels:
    input:
        unpack(maps_of_method),
        predictions=expand(f"{FOLD_OF}/predictions.csv", fold=FOLDS),
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="pixels",
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        changed=config["evaluation"]["changed"],
    message:
        "Maps of {wildcards.method} for {wildcards.model} against the pixels that changed"
    script:
        "../scripts/score_pixels.py"


# Method-independent: what the network's answer loses without a region, by rendering and in the usual ways.
rule drops:
    input:
        unpack(model_asset),
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
        scored="results/{cohort}/scored.csv",
        twins=lambda wildcards: truth_stack("twins", wildcards),
        truth="results/{cohort}/truth/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        sets="resources/regions.yaml",
    output:
        drops="results/{cohort}/{model}/fold-{fold}/drops.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/drops.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/fold-{fold}/drops.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    params:
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
    message:
        "What {wildcards.model}, fold {wildcards.fold}, loses without a region"
    script:
        "../scripts/drops.py"


rule drop_tables:
    input:
        drops=expand(f"{FOLD_OF}/drops.csv", fold=FOLDS),
        samples="results/{cohort}/samples.csv",
    output:
        drops=f"{EVALUATION}/drops.csv",
        interactions=report(
            f"{EVALUATION}/interactions.csv",
            caption="../report/interactions.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "regions together and apart", "format": "CSV"},
        ),
        manifold=report(
            f"{EVALUATION}/manifold.csv",
            caption="../report/manifold.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "fills against rendering", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-drops.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-drops.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "What {wildcards.model} loses without a region: interactions, and fills against rendering"
    script:
        "../scripts/drop_tables.py"


rule score_use:
    input:
        unpack(maps_of_method),
        drops=rules.drop_tables.output.drops,
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets="resources/regions.yaml",
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        pairs=f"{EVALUATION}/{{group}}/pairs/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-{group}-{method}.tsv"
    wildcard_constraints:
        group="use",
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
        "{wildcards.method} for {wildcards.model} against what the network uses"
    script:
        "../scripts/score_use.py"
