# Tables 2, 3 and 4 of Sümer et al. 2023. Variants (corrected, as_published, ...) are entries of statistics.variants.

from gestalt_regions.statistics import variant_file

VARIANTS = config["statistics"]["variants"]
TABLES = "results/{cohort}/{model}/tables"
TABLE_3, TABLE_4 = ([f"{TABLES}/{variant_file(table, v)}" for v in VARIANTS] for table in ("table3", "table4"))
COEFFICIENTS = expand("results/{{cohort}}/{{model}}/coefficients/{method}.csv", method=METHODS)


rule classification:
    input:
        predictions=expand("results/{{cohort}}/{{model}}/fold-{fold}/predictions.csv", fold=FOLDS),
        samples="results/{cohort}/samples.csv",
    output:
        table=report(
            f"{TABLES}/table2.csv",
            caption="../report/table2.rst",
            category="Table 2, recognition",
            subcategory="{model}",
            labels={"content": "scores", "format": "CSV"},
        ),
        accuracy=report(
            f"{TABLES}/table2_accuracy.csv",
            caption="../report/accuracy.rst",
            category="Table 2, recognition",
            subcategory="{model}",
            labels={"content": "accuracy", "format": "CSV"},
        ),
        folds=f"{TABLES}/table2_folds.csv",
        tex=f"{TABLES}/table2.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-table2.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/statistics-table2.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        zero_division=config["statistics"]["zero_division"],
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Table 2 (recognition) of {wildcards.model}"
    script:
        "../scripts/classification.py"


rule rq1:
    input:
        coefficients=COEFFICIENTS,
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            [f"{path}.csv" for path in TABLE_3],
            caption="../report/table3.rst",
            category="Table 3, RQ1",
            subcategory="{model}",
            labels={"content": "significant tests", "format": "CSV"},
        ),
        tests=report(
            f"{TABLES}/table3_tests.csv",
            caption="../report/table3_tests.rst",
            category="Table 3, RQ1",
            subcategory="{model}",
            labels={"content": "all tests", "format": "CSV"},
        ),
        tests_tex=f"{TABLES}/table3_tests.tex",
        tex=[f"{path}.tex" for path in TABLE_3],
    log:
        "results/logs/{cohort}/{model}/statistics-table3.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/statistics-table3.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        variants=VARIANTS,
        policy=config["statistics"]["rq1"]["policy"],
        control=config["statistics"]["control"],
        syndromes=config["statistics"]["syndromes"],
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Table 3 (RQ1) of {wildcards.model}"
    script:
        "../scripts/rq1.py"


rule rq2:
    input:
        coefficients=COEFFICIENTS,
        samples="results/{cohort}/samples.csv",
        annotations="results/{cohort}/hpo_annotations.csv",
        terms="resources/hpo_terms.csv",
    output:
        csv=report(
            [f"{path}.csv" for path in TABLE_4],
            caption="../report/table4.rst",
            category="Table 4, RQ2",
            subcategory="{model}",
            labels={"content": "correlations", "format": "CSV"},
        ),
        folds=report(
            f"{TABLES}/table4_folds.csv",
            caption="../report/table4_folds.rst",
            category="Table 4, RQ2",
            subcategory="{model}",
            labels={"content": "every fold", "format": "CSV"},
        ),
        tex=[f"{path}.tex" for path in TABLE_4],
    log:
        "results/logs/{cohort}/{model}/statistics-table4.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/statistics-table4.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        variants=VARIANTS,
        policy=config["statistics"]["rq2"]["policy"],
        bootstrap=config["statistics"]["bootstrap"],
        seed=config["run"]["seed"],
    message:
        "Table 4 (RQ2) of {wildcards.model}"
    script:
        "../scripts/rq2.py"
