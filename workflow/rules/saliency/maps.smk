# Saliency maps of every method on every network; of controls; and of the methods on untrained networks.


rule saliency:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        unpack(regions_of_maps),
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        explained="results/{cohort}/explained.csv",
    output:
        **OF_PACKED,
        maps=of_maps(f"{FOLD}/saliency/{{method}}.{STACK}"),
        index="results/{cohort}/{model}/fold-{fold}/saliency/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/saliency-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, [method for method in MADE if method not in PICTURED])) or "none",
    priority: 0 if KEEP_MAPS else turn_of_method
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        settings=lambda wildcards: STUDY.method_settings(wildcards.method),
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        precision=lambda wildcards: STUDY.method_precision(wildcards.method),
        control=config["statistics"]["control"],
    message:
        "{wildcards.method} for {wildcards.model}, fold {wildcards.fold}"
    script:
        "../../scripts/saliency.py"


# Methods that give, beside maps, a value of each region and a picture of the face without it; and what they made once
# for the fold, with which a new face is explained in a second.
use rule saliency as saliency_with_pictures with:
    output:
        **OF_PACKED,
        maps=of_maps(f"{FOLD}/saliency/{{method}}.{STACK}"),
        index="results/{cohort}/{model}/fold-{fold}/saliency/{method}.csv",
        values="results/{cohort}/{model}/fold-{fold}/saliency/{method}_values.csv",
        pictures="results/{cohort}/{model}/fold-{fold}/saliency/{method}_pictures.npy",
        signs="results/{cohort}/{model}/fold-{fold}/saliency/{method}_signs.npz",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/saliency_with_pictures-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, PICTURED)) or "none",
    message:
        "{wildcards.method} for {wildcards.model}, fold {wildcards.fold}, with pictures"


# Controls that are no method of the study; all folds in one job, because each takes a second.
rule control_maps:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        checkpoints=each_fold("checkpoint.safetensors"),
        explained="results/{cohort}/scored.csv",
    output:
        maps=of_maps(each_fold(f"saliency/{{method}}.{STACK}")),
        index=each_fold("saliency/{method}.csv"),
    log:
        "results/logs/{cohort}/{model}/saliency-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, STUDY.controls)) or "none",
    priority: 0 if KEEP_MAPS else turn_of_method
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        folds=FOLDS,
        settings=lambda wildcards: STUDY.method_settings(wildcards.method),
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        precision=lambda wildcards: STUDY.method_precision(wildcards.method),
        control=config["statistics"]["control"],
    message:
        "Control {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/saliency_of_folds.py"


# The same method on a network whose weights are all drawn again, for the targets of the trained one.
use rule control_maps as untrained_maps with:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        checkpoints=rules.control_maps.input.checkpoints,
        explained="results/{cohort}/evaluated.csv",
        trained=each_fold("saliency/{method}.csv"),
    output:
        maps=of_maps(each_fold(f"untrained/{{method}}.{STACK}")),
        index=each_fold("untrained/{method}.csv"),
    log:
        "results/logs/{cohort}/{model}/untrained-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, UNTRAINED)),
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    message:
        "{wildcards.method} on untrained networks like {wildcards.model}"
