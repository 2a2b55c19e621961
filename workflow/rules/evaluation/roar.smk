# Networks trained anew on photographs without their most salient pixels (docs/concepts/roar.md). Nothing of it is made unless asked for.
from gestalt_regions.evaluation.roar.roar_settings import roar_settings

ROAR = roar_settings(config)
ROARED = f"{EVALUATION}/roar"
ROAR_FOLDS = FOLDS[: ROAR["folds"]]
ROAR_PRIORS = [name for name in ROAR["controls"] if name in measure_registry.PRIORS]
ROAR_METHODS = [name for name in [*ROAR["methods"], *ROAR["controls"]] if name not in ROAR_PRIORS]


rule roar_faces:
    input:
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        faces="results/{cohort}/roar_faces.csv",
    log:
        "results/logs/{cohort}/evaluation-roar_faces.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        of_folds=ROAR_FOLDS,
    message:
        "ROAR: listing the photographs to explain"
    script:
        "../../scripts/roar_faces.py"


# All photographs of the folds, those that the network was trained on among them; no other job explains these.
rule roar_levels:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        explained=rules.roar_faces.output.faces,
    output:
        levels=f"{ROARED}/fold-{{fold}}/{{method}}.npy",
        index=f"{ROARED}/fold-{{fold}}/{{method}}.csv",
        maps=temp(f"{ROARED}/fold-{{fold}}/{{method}}_maps.npy"),
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-roar_levels-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, ROAR_METHODS)) or "none",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        settings=lambda wildcards: STUDY.method_settings(wildcards.method),
        fractions=ROAR["fractions"],
        precision=lambda wildcards: STUDY.method_precision(wildcards.method),
        sign=ROAR["sign"],
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        control=config["statistics"]["control"],
    message:
        "ROAR: {wildcards.method} of all photographs by {wildcards.model}, fold {wildcards.fold}"
    script:
        "../../scripts/roar_levels.py"


rule roar_prior:
    input:
        explained=rules.roar_faces.output.faces,
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
    output:
        levels=f"{ROARED}/fold-{{fold}}/{{prior}}.npy",
        index=f"{ROARED}/fold-{{fold}}/{{prior}}.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-roar_prior-{prior}.log",
    wildcard_constraints:
        prior="|".join(map(re.escape, ROAR_PRIORS)) or "none",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        fractions=ROAR["fractions"],
        seed=SEED,
    message:
        "ROAR: {wildcards.prior} of {wildcards.model}, fold {wildcards.fold}"
    script:
        "../../scripts/roar_prior.py"


rule roar_whole:
    input:
        unpack(model_inputs),
        unpack(identity_weights),
        unpack(part_boxes),
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        answers=f"{ROARED}/whole-{{fold}}.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-roar_whole.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=240,
    params:
        method="none",
        model=lambda wildcards: STUDY.networks[wildcards.model],
        recipe=lambda wildcards: config["recipes"][ROAR["recipe"] or STUDY.networks[wildcards.model]["recipe"]],
        epochs=ROAR["epochs"],
        fractions=ROAR["fractions"],
        keep=ROAR["keep"],
        repeats=ROAR["repeats"],
        seed=SEED,
        device=config["run"]["device"],
    message:
        "ROAR: {wildcards.model} trained anew on whole photographs, fold {wildcards.fold}"
    script:
        "../../scripts/roar_retrain.py"


use rule roar_whole as roar_retrain with:
    input:
        unpack(model_inputs),
        unpack(identity_weights),
        unpack(part_boxes),
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
        levels=f"{ROARED}/fold-{{fold}}/{{removed_by}}.npy",
        explained=f"{ROARED}/fold-{{fold}}/{{removed_by}}.csv",
    output:
        answers=f"{ROARED}/answers-{{fold}}/{{removed_by}}.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/evaluation-roar_retrain-{removed_by}.log",
    wildcard_constraints:
        removed_by="|".join(map(re.escape, [*ROAR_METHODS, *ROAR_PRIORS])) or "none",
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=600,
    params:
        method=lambda wildcards: wildcards.removed_by,
    message:
        "ROAR: {wildcards.model} trained anew without the pixels of {wildcards.removed_by}, fold {wildcards.fold}"


rule roar_curves:
    input:
        answers=expand(rules.roar_whole.output.answers, fold=ROAR_FOLDS, allow_missing=True)
        + expand(
            rules.roar_retrain.output.answers,
            removed_by=[*ROAR_METHODS, *ROAR_PRIORS],
            fold=ROAR_FOLDS,
            allow_missing=True,
        ),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{EVALUATION}/roar.csv",
            caption="../../report/roar.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "ROAR", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-roar.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        controls=ROAR["controls"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "ROAR: accuracy of networks that were trained without pixels, {wildcards.model}"
    script:
        "../../scripts/roar_curves.py"


rule draw_roar:
    input:
        table=rules.roar_curves.output.csv,
    output:
        figure=report(
            f"{EVALUATION}/roar.svg",
            caption="../../report/roar.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "ROAR", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-roar.log",
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "ROAR curves of {wildcards.model}"
    script:
        "../../scripts/draw_roar.py"
