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
