# Tables 1 to 4 of Sümer et al. 2023. Variants (corrected, as_published, ...) are entries of statistics.variants.
from gestalt_regions.statistics.variants import variant_file

VARIANTS = config["statistics"]["variants"]
SHOWN_POLICIES = sorted({SHOWN["policy"], *(policy for v in VARIANTS.values() for policy in v["policy"].values())})
TABLE_3, TABLE_4 = ([f"{TABLES}/{variant_file(table, v)}" for v in VARIANTS] for table in ("table3", "table4"))


rule list_terms:
    input:
        terms=HPO_TERMS,
    output:
        csv=report(
            "results/{cohort}/tables/table1.csv",
            caption="../../report/table1.rst",
            category="Table 1, HPO terms",
            labels={"content": "terms by region", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/table1.tex",
    log:
        "results/logs/{cohort}/statistics-table1.log",
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Table 1 (HPO terms by region)"
    script:
        "../../scripts/table1.py"


rule classification:
    input:
        predictions=each_fold("predictions.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        table=report(
            f"{TABLES}/table2.csv",
            caption="../../report/table2.rst",
            category="Table 2, recognition",
            subcategory="{model}",
            labels={"content": "scores", "format": "CSV"},
        ),
        accuracy=report(
            f"{TABLES}/table2_accuracy.csv",
            caption="../../report/accuracy.rst",
            category="Table 2, recognition",
            subcategory="{model}",
            labels={"content": "accuracy", "format": "CSV"},
        ),
        folds=f"{TABLES}/table2_folds.csv",
        tex=f"{TABLES}/table2.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-table2.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        zero_division=config["statistics"]["zero_division"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Table 2 (recognition) of {wildcards.model}"
    script:
        "../../scripts/classification.py"


rule same_maps:
    input:
        coefficients=COEFFICIENTS,
    output:
        table=f"{TABLES}/same_maps.csv",
    log:
        "results/logs/{cohort}/{model}/statistics-same-maps.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        policies=SHOWN_POLICIES,
    message:
        "Methods with the same maps, for {wildcards.model}"
    script:
        "../../scripts/same_maps.py"


rule rq1:
    input:
        coefficients=COEFFICIENTS,
        same=rules.same_maps.output.table,
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            [f"{path}.csv" for path in TABLE_3],
            caption="../../report/table3.rst",
            category="Table 3, RQ1",
            subcategory="{model}",
            labels={"content": "significant tests", "format": "CSV"},
        ),
        tests=report(
            f"{TABLES}/table3_tests.csv",
            caption="../../report/table3_tests.rst",
            category="Table 3, RQ1",
            subcategory="{model}",
            labels={"content": "all tests", "format": "CSV"},
        ),
        tests_tex=f"{TABLES}/table3_tests.tex",
        tex=[f"{path}.tex" for path in TABLE_3],
    log:
        "results/logs/{cohort}/{model}/statistics-table3.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        variants=VARIANTS,
        control=config["statistics"]["control"],
        syndromes=config["statistics"]["syndromes"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Table 3 (RQ1) of {wildcards.model}"
    script:
        "../../scripts/rq1.py"


rule rq2:
    input:
        coefficients=COEFFICIENTS,
        samples="results/{cohort}/samples.csv",
        annotations="results/{cohort}/hpo_annotations.csv",
        terms=HPO_TERMS,
        audit="results/{cohort}/fold_audit.csv",
    output:
        csv=report(
            [f"{path}.csv" for path in TABLE_4],
            caption="../../report/table4.rst",
            category="Table 4, RQ2",
            subcategory="{model}",
            labels={"content": "correlations", "format": "CSV"},
        ),
        folds=report(
            f"{TABLES}/table4_folds.csv",
            caption="../../report/table4_folds.rst",
            category="Table 4, RQ2",
            subcategory="{model}",
            labels={"content": "every fold", "format": "CSV"},
        ),
        tex=[f"{path}.tex" for path in TABLE_4],
    log:
        "results/logs/{cohort}/{model}/statistics-table4.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        variants=VARIANTS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Table 4 (RQ2) of {wildcards.model}"
    script:
        "../../scripts/rq2.py"
