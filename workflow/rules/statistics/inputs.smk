# What the analyses need, by the names that statistics.analyses.ANALYSES has for it.

ANALYSIS_FILES = {
    "coefficients": COEFFICIENTS,
    "tests": f"{TABLES}/table3_tests.csv",
    "table4": f"{TABLES}/table4.csv",
    "annotations": "results/{cohort}/hpo_annotations.csv",
    "terms": HPO_TERMS,
    "faces": "results/{cohort}/faces/index.csv",
}


def analysis_files(wildcards):
    """What the analysis says it needs, by name; the coefficients are a list of files."""
    files = {name: expand(ANALYSIS_FILES[name], **wildcards) for name in ANALYSES[wildcards.analysis].needs}
    return {name: paths if name == "coefficients" else paths[0] for name, paths in files.items()}
