# Detection of planted shortcuts over several cohorts, and whether networks use them (docs/concepts/ranking.md).
# Each cohort is made by a run of its own: the other cohorts' files are read as they are, not made.


rule score_shortcut:
    input:
        unpack(cue_files),
        maps_trained=each_fold(f"saliency/{{method}}.{STACK}"),
        indices_trained=each_fold("saliency/{method}.csv"),
        predictions=each_fold("predictions.csv"),
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        table=f"{EVALUATION}/shortcut/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-shortcut-{method}.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        shortcut=config["cohort"]["shortcut"],
        changed=config["evaluation"]["changed"],
    message:
        "Where {wildcards.method} for {wildcards.model} puts the blame"
    script:
        "../../scripts/score_shortcut.py"


rule compare_shortcuts:
    input:
        tables=expand(
            f"{EVALUATION}/shortcut/{{method}}.csv",
            cohort=COMPARED,
            method=EVALUATED,
            allow_missing=True,
        ),
    output:
        csv=report(
            f"{BETWEEN}/shortcut_curve.csv",
            caption="../../report/shortcut_curve.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "shortcut detection", "format": "CSV"},
        ),
    log:
        "results/logs/compared/{model}/shortcut-curve.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        controls=CONTROLS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Detection of planted shortcuts by explanations of {wildcards.model}"
    script:
        "../../scripts/compare_shortcuts.py"


rule draw_shortcut_curve:
    input:
        csv=rules.compare_shortcuts.output.csv,
    output:
        figure=report(
            f"{BETWEEN}/shortcut_curve.svg",
            caption="../../report/shortcut_curve.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "shortcut detection", "format": "SVG"},
        ),
    log:
        "results/logs/compared/{model}/figures-shortcut-curve.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=UNTRAINED,
        controls=CONTROLS,
    message:
        "Detection curves of {wildcards.model}"
    script:
        "../../scripts/draw_shortcut_curve.py"


# What methods in logits say is in no region, with the cue and without it.
rule compare_shortcut_values:
    input:
        tables=expand(
            f"{EVALUATION}/shortcut/{{method}}.csv",
            cohort=COMPARED,
            method=EVALUATED[:1],
            allow_missing=True,
        ),
        values=expand(
            "results/{cohort}/{model}/fold-{fold}/saliency/{method}_values.csv",
            cohort=COMPARED,
            method=VALUED,
            fold=FOLDS,
            allow_missing=True,
        ),
    output:
        csv=report(
            f"{BETWEEN}/shortcut_values.csv",
            caption="../../report/shortcut_values.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "shortcuts in region values", "format": "CSV"},
        ),
    log:
        "results/logs/compared/{model}/shortcut-values.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "What region values of {wildcards.model} say of planted shortcuts"
    script:
        "../../scripts/shortcut_values.py"


# Whether the networks use the cue at all: the same photos with and without it.
rule cue_use:
    input:
        unpack(model_asset),
        tables=expand(
            f"{EVALUATION}/shortcut/{{method}}.csv",
            cohort=COMPARED,
            method=EVALUATED[:1],
            allow_missing=True,
        ),
        checkpoints=expand(
            "results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
            cohort=COMPARED,
            fold=FOLDS,
            allow_missing=True,
        ),
        crops=lambda wildcards: [
            f"results/{cohort}/faces/crops_{STUDY.backbone(wildcards.model).size}.npy" for cohort in COMPARED
        ],
        samples=expand("results/{cohort}/samples.csv", cohort=COMPARED),
        faces=expand("results/{cohort}/faces/index.csv", cohort=COMPARED),
        folds=expand("results/{cohort}/folds.csv", cohort=COMPARED),
    output:
        csv=report(
            f"{BETWEEN}/shortcut_use.csv",
            caption="../../report/shortcut_use.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "use of the shortcut", "format": "CSV"},
        ),
        tex=f"{BETWEEN}/shortcut_use.tex",
    log:
        "results/logs/compared/{model}/shortcut-use.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        folds=FOLDS,
        batch=config["run"]["batch_size"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Whether {wildcards.model} uses the planted shortcuts"
    script:
        "../../scripts/cue_use.py"
