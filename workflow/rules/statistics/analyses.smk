# Beyond the paper's tables: corrections, permutations, a marginal model and others, entries of statistics.analyses.ANALYSES.


rule analyse:
    input:
        unpack(analysis_files),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TABLES}/{{analysis}}.csv",
            caption="../../report/analysis.rst",
            category="Beyond the paper",
            subcategory="{model}",
            labels={"content": "{analysis}", "format": "CSV"},
        ),
        tex=f"{TABLES}/{{analysis}}.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-{analysis}.log",
    wildcard_constraints:
        analysis="|".join(ANALYSES),
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings={name: value for name, value in config["statistics"].items() if name != "zero_division"},
        seed=SEED,
        caption=lambda wildcards: ANALYSES[wildcards.analysis].caption,
    message:
        "Analysis {wildcards.analysis} of {wildcards.model}"
    script:
        "../../scripts/analyse.py"
