# The statistics of DeepGestalt (Gurovich et al. 2019), of any model, from its predictions. On demand: no part of the study.


rule recompute_published:
    input:
        published=of_code("resources/deepgestalt_published.csv"),
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_published.csv",
            caption="../../report/gestalt_published.rst",
            category="DeepGestalt",
            labels={"content": "published numbers, computed again", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/gestalt_published.tex",
    log:
        "results/logs/{cohort}/statistics-gestalt_published.log",
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Numbers of Gurovich et al. (2019), computed again from their counts"
    script:
        "../../scripts/gestalt_published.py"
