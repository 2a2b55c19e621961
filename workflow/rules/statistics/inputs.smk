# What the analyses need, by the names that statistics.analyses.ANALYSES has for it.

ANALYSIS_FILES = {
    "coefficients": COEFFICIENTS,
    "tests": f"{TABLES}/table3_tests.csv",
    "table4": f"{TABLES}/table4.csv",
    "table4_folds": f"{TABLES}/table4_folds.csv",
    "fold_audit": "results/{cohort}/fold_audit.csv",
    "annotations": "results/{cohort}/hpo_annotations.csv",
    "terms": HPO_TERMS,
    "faces": "results/{cohort}/faces/index.csv",
}


def analysis_files(wildcards):
    """What the analysis says it needs, by name; the coefficients are a list of files."""

    def of_job(paths):
        return expand(paths, **wildcards) if isinstance(paths, list) else paths.format(**wildcards)

    return {name: of_job(ANALYSIS_FILES[name]) for name in ANALYSES[wildcards.analysis].needs}
