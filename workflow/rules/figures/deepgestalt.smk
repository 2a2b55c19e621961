# Figures of DeepGestalt (Gurovich et al. 2019), of any model. On demand: no part of the study.


rule draw_confusion:
    input:
        table=f"{TABLES}/confusion.csv",
    output:
        figure=report(
            f"{FIGURES}/confusion.svg",
            caption="../../report/confusion.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "confusion matrix", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-confusion.log",
    wildcard_constraints:
        model="|".join(map(re.escape, [*NETWORKS, *WITH_LABELS])),
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Confusion matrix of {wildcards.model}"
    script:
        "../../scripts/draw_confusion.py"


rule draw_reliability:
    input:
        bins=f"{TABLES}/reliability_bins.csv",
        table=f"{TABLES}/reliability.csv",
    output:
        figure=report(
            f"{FIGURES}/reliability.svg",
            caption="../../report/reliability.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "reliability", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-reliability.log",
    wildcard_constraints:
        model="|".join(map(re.escape, [*NETWORKS, *WITH_LABELS])),
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Reliability diagram of {wildcards.model}"
    script:
        "../../scripts/draw_reliability.py"


rule draw_affected:
    input:
        scores=f"{TABLES}/affected_scores.csv",
        curve=f"{TABLES}/affected_curve.csv",
        table=f"{TABLES}/affected_roc.csv",
    output:
        figure=report(
            f"{FIGURES}/affected_roc.svg",
            caption="../../report/affected_roc.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "affected at all?", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-affected_roc.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        control=config["statistics"]["control"],
    message:
        "ROC curve of {wildcards.model}: affected at all?"
    script:
        "../../scripts/draw_affected.py"


rule draw_composites:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        landmarks="results/{cohort}/faces/landmarks.npy",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/composites.png",
            caption="../../report/composites.rst",
            category="DeepGestalt",
            labels={"content": "composite photographs", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/figures-composites.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        figure=config["figures"]["composites"],
    message:
        "Composite photographs of the classes of {wildcards.cohort}"
    script:
        "../../scripts/draw_composites.py"
