# Which explanations are right, over all measures of the evaluation (docs/concepts/ranking.md).
from gestalt_regions.evaluation import measure_registry

RANKED = {name: about for name, about in MEASURES.items() if about["ranked"]}


rule rank_methods:
    input:
        scores=rules.scores.output.csv,
        tables=SCORED_TABLES + PRIOR_TABLES,
        pairs=SCORED_PAIRS + PRIOR_PAIRS,
        samples="results/{cohort}/samples.csv",
        same=rules.same_maps.output.table,
    output:
        csv=report(
            f"{EVALUATION}/ranking.csv",
            caption="../../report/ranking.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "ranking", "format": "CSV"},
        ),
        tex=f"{EVALUATION}/ranking.tex",
    log:
        "results/logs/{cohort}/{model}/evaluation-ranking.log",
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        methods=ALL_SCORED,
        controls=ALL_CONTROLS,
        measures=RANKED,
        policy=SHOWN["policy"],
        sign=POLICIES[SHOWN["policy"]]["sign"],
        region_set=RANKED_SET,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Ranking of all explanations of {wildcards.model}"
    script:
        "../../scripts/rank_methods.py"


rule draw_critical_difference:
    input:
        ranking=rules.rank_methods.output.csv,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/critical_difference.svg",
            caption="../../report/critical_difference.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "critical differences", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-critical-difference.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        measures=RANKED,
    message:
        "Critical-difference diagrams of {wildcards.model}"
    script:
        "../../scripts/draw_critical_difference.py"


rule draw_summary:
    input:
        scores=rules.scores.output.csv,
        ranking=rules.rank_methods.output.csv,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/summary.svg",
            caption="../../report/summary.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "summary", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-evaluation-summary.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        model="{model}",
        measures=RANKED,
        groups=measure_registry.GROUPS,
    message:
        "Summary of the evaluation of {wildcards.model}"
    script:
        "../../scripts/draw_summary.py"
