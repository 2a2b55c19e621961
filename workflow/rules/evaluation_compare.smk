# What needs several cohorts, each made by a run of its own (docs/evaluation_ranking.md): detection of planted
# shortcuts, whether networks use them, and RQ1 and RQ2 against the truth. The other cohorts' files are read as they
# are, not made.

COMPARED = config["evaluation"]["compare"] or [COHORT]
BETWEEN = "results/compared/{model}"


rule score_shortcut:
    input:
        unpack(cue_files),
        maps_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.npy", fold=FOLDS),
        indices_trained=expand(f"{FOLD_OF}/saliency/{{{{method}}}}.csv", fold=FOLDS),
        predictions=expand(f"{FOLD_OF}/predictions.csv", fold=FOLDS),
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets="resources/regions.yaml",
    output:
        table=f"{EVALUATION}/shortcut/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-shortcut-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/evaluation-shortcut-{method}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
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
        "../scripts/score_shortcut.py"


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
            caption="../report/shortcut_curve.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "shortcut detection", "format": "CSV"},
        ),
    log:
        "results/logs/compared/{model}/shortcut-curve.log",
    benchmark:
        "results/benchmarks/compared/{model}/shortcut-curve.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        controls=CONTROLS,
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Detection of planted shortcuts by explanations of {wildcards.model}"
    script:
        "../scripts/compare_shortcuts.py"


rule draw_shortcut_curve:
    input:
        csv=rules.compare_shortcuts.output.csv,
    output:
        figure=report(
            f"{BETWEEN}/shortcut_curve.svg",
            caption="../report/shortcut_curve.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "shortcut detection", "format": "SVG"},
        ),
    log:
        "results/logs/compared/{model}/figures-shortcut-curve.log",
    benchmark:
        "results/benchmarks/compared/{model}/figures-shortcut-curve.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=UNTRAINED,
        controls=CONTROLS,
    message:
        "Detection curves of {wildcards.model}"
    script:
        "../scripts/draw_shortcut_curve.py"


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
            caption="../report/shortcut_use.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "use of the shortcut", "format": "CSV"},
        ),
        tex=f"{BETWEEN}/shortcut_use.tex",
    log:
        "results/logs/compared/{model}/shortcut-use.log",
    benchmark:
        "results/benchmarks/compared/{model}/shortcut-use.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        folds=FOLDS,
        batch=config["run"]["batch_size"],
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Whether {wildcards.model} uses the planted shortcuts"
    script:
        "../scripts/cue_use.py"


rule compare_validity:
    input:
        tests=expand(
            "results/{cohort}/{model}/tables/table3_tests.csv",
            cohort=COMPARED,
            allow_missing=True,
        ),
        correlations=expand(
            "results/{cohort}/{model}/tables/table4.csv",
            cohort=COMPARED,
            allow_missing=True,
        ),
        scores=expand(f"{EVALUATION}/scores.csv", cohort=COMPARED, allow_missing=True),
    output:
        csv=report(
            f"{BETWEEN}/validity.csv",
            caption="../report/validity.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "RQ1 and RQ2 against the truth", "format": "CSV"},
        ),
        points=f"{BETWEEN}/validity_points.csv",
    log:
        "results/logs/compared/{model}/validity.log",
    benchmark:
        "results/benchmarks/compared/{model}/validity.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        cohorts=COMPARED,
        measures=MEASURES,
        policy=SHOWN["policy"],
        sign=config["coefficients"]["policies"][SHOWN["policy"]]["sign"],
        region_set=RANKED_SET,
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "RQ1 and RQ2 against the truth for {wildcards.model}"
    script:
        "../scripts/compare_validity.py"


rule draw_validity:
    input:
        csv=rules.compare_validity.output.csv,
        points=rules.compare_validity.output.points,
    output:
        figure=report(
            f"{BETWEEN}/validity.svg",
            caption="../report/validity.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "RQ1 and RQ2 against the truth", "format": "SVG"},
        ),
    log:
        "results/logs/compared/{model}/figures-validity.log",
    benchmark:
        "results/benchmarks/compared/{model}/figures-validity.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        measures=MEASURES,
    message:
        "Figure of RQ1 and RQ2 against the truth for {wildcards.model}"
    script:
        "../scripts/draw_validity.py"
