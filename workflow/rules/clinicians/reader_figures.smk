# Figures of what readers answered, and the power of the study.


rule draw_reader_accuracy:
    input:
        table=f"{READER_TABLES}/measures.csv",
    output:
        figure=report(
            f"{READER_FIGURES}/reader_accuracy.svg",
            caption="../../report/reader_accuracy.rst",
            category="Clinicians",
            labels={"content": "accuracy before and after", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/reader_study-draw_accuracy.log",
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Figure of the readers' accuracy"
    script:
        "../../scripts/draw_reader_accuracy.py"


rule draw_reader_reliance:
    input:
        table=f"{READER_TABLES}/measures.csv",
    output:
        figure=report(
            f"{READER_FIGURES}/reader_reliance.svg",
            caption="../../report/reader_reliance.rst",
            category="Clinicians",
            labels={"content": "reliance on the AI", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/reader_study-draw_reliance.log",
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Figure of the readers' reliance on the AI"
    script:
        "../../scripts/draw_reader_reliance.py"


rule draw_reader_likert:
    input:
        table=f"{READER_TABLES}/likert.csv",
    output:
        figure=report(
            f"{READER_FIGURES}/reader_likert.svg",
            caption="../../report/reader_likert.rst",
            category="Clinicians",
            labels={"content": "Likert answers", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/reader_study-draw_likert.log",
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Figure of the readers' Likert answers"
    script:
        "../../scripts/draw_reader_likert.py"


rule draw_reader_power:
    input:
        table=f"{READER_TABLES}/power.csv",
    output:
        figure=report(
            f"{READER_FIGURES}/power_curve.svg",
            caption="../../report/power_curve.rst",
            category="Clinicians",
            labels={"content": "power", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/reader_study-draw_power.log",
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Figure of the power of the reader study"
    script:
        "../../scripts/draw_reader_power.py"
