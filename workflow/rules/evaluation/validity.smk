# RQ1 and RQ2 against the truth over several cohorts (docs/concepts/ranking.md), read as shortcuts.smk reads them.


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
            caption="../../report/validity.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "RQ1 and RQ2 against the truth", "format": "CSV"},
        ),
        points=f"{BETWEEN}/validity_points.csv",
    log:
        "results/logs/compared/{model}/validity.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        cohorts=COMPARED,
        measures=MEASURES,
        policy=SHOWN["policy"],
        sign=POLICIES[SHOWN["policy"]]["sign"],
        region_set=RANKED_SET,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "RQ1 and RQ2 against the truth for {wildcards.model}"
    script:
        "../../scripts/compare_validity.py"


rule draw_validity:
    input:
        csv=rules.compare_validity.output.csv,
        points=rules.compare_validity.output.points,
    output:
        figure=report(
            f"{BETWEEN}/validity.svg",
            caption="../../report/validity.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "RQ1 and RQ2 against the truth", "format": "SVG"},
        ),
    log:
        "results/logs/compared/{model}/figures-validity.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        measures=MEASURES,
    message:
        "Figure of RQ1 and RQ2 against the truth for {wildcards.model}"
    script:
        "../../scripts/draw_validity.py"
