# Beyond the paper's tables: corrections, permutations, mixed model and others, entries of statistics.analyses.ANALYSES.

from gestalt_regions.statistics.analyses import ANALYSES

ANALYSIS_FILES = {
    "coefficients": COEFFICIENTS,
    "tests": rules.rq1.output.tests,
    "table4": f"{TABLES}/table4.csv",
    "annotations": "results/{cohort}/hpo_annotations.csv",
    "terms": "resources/hpo_terms.csv",
    "faces": "results/{cohort}/faces/index.csv",
}


rule analyse:
    input:
        unpack(analysis_files),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TABLES}/{{analysis}}.csv",
            caption="../report/analysis.rst",
            category="Beyond the paper",
            subcategory="{model}",
            labels={"content": "{analysis}", "format": "CSV"},
        ),
        tex=f"{TABLES}/{{analysis}}.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-{analysis}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/statistics-{analysis}.tsv"
    wildcard_constraints:
        analysis="|".join(ANALYSES),
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings={name: value for name, value in config["statistics"].items() if name != "zero_division"},
        seed=config["run"]["seed"],
        caption=lambda wildcards: ANALYSES[wildcards.analysis].caption,
    message:
        "Analysis {wildcards.analysis} of {wildcards.model}"
    script:
        "../scripts/analyse.py"
