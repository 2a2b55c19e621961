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
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Confusion matrix of {wildcards.model}"
    script:
        "../../scripts/draw_confusion.py"


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
