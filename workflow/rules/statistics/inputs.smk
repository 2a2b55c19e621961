# What the analyses need, by the names that statistics.analyses.ANALYSES has for it; and the maps of syndromes.

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


def regions_on_mean_face(wildcards):
    """The region maps of the published regions, and of the sets that the evaluation shows."""
    wanted = {f"regions_{name}" for name in SHOWN["sets"]}
    stacks = {name: path for name, path in region_stacks(wildcards).items() if name in wanted}
    return {"regions_paper": face_stack("regions", wildcards)} | stacks


def changes_on_mean_face(wildcards):
    """Of a rendered cohort with counterfactuals: what signs change in the pictures."""
    if "truth" not in counterfactual_pictures(wildcards):
        return {}
    return {
        "changes": truth_stack("changes", wildcards),
        "truth": f"results/{wildcards.cohort}/truth/index.csv",
    }
