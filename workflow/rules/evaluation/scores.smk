# Every group's measures together: with intervals, and beside the best control (docs/concepts/evaluation.md).
from gestalt_regions.evaluation import measure_registry


rule method_scores:
    input:
        tables=of_one_method(SCORED_TABLES + PRIOR_TABLES),
        pairs=of_one_method(SCORED_PAIRS + PRIOR_PAIRS),
    output:
        scores=f"{EVALUATION}/scores/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-scores-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, ALL_SCORED)),
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        method="{method}",
        measures=MEASURES,
        controls=ALL_CONTROLS,
        policies=POLICIES,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Scores of {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/method_scores.py"


rule scores:
    input:
        scores=expand(rules.method_scores.output.scores, method=ALL_SCORED, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{EVALUATION}/scores.csv",
            caption="../../report/scores.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "scores", "format": "CSV"},
        ),
        tex=f"{EVALUATION}/scores.tex",
    log:
        "results/logs/{cohort}/{model}/evaluation-scores.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        measures=MEASURES,
        show=SHOWN,
    message:
        "Scores of all explanations of {wildcards.model}"
    script:
        "../../scripts/scores.py"


rule draw_scores:
    input:
        scores=rules.scores.output.csv,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/{{group}}.svg",
            caption="../../report/evaluation.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "{group}", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-evaluation-{group}.log",
    wildcard_constraints:
        group="|".join(measure_registry.GROUPS),
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        group="{group}",
        question=lambda wildcards: measure_registry.GROUPS[wildcards.group],
        measures=lambda wildcards: measure_registry.described([wildcards.group]),
        methods=ALL_SCORED,
        show=SHOWN,
    message:
        "Figure of the {wildcards.group} scores of {wildcards.model}"
    script:
        "../../scripts/draw_scores.py"
