# The statistics of DeepGestalt (Gurovich et al. 2019), of any model, from its predictions. On demand: no part of the study.

GESTALT = config["gestalt"]
PREDICTIONS = expand(f"{FOLD}/predictions.csv", model=list(config["models"]), fold=FOLDS, allow_missing=True)
JOINING = [name for name, model in config["models"].items() if model.get("experts")]
MODEL_PARTS = {
    name: model.get("options", {}).get("part", "full_face" if model.get("backbone") == "deepgestalt" else "")
    for name, model in config["models"].items()
}
MODEL_PARTS |= {name: f"mean of {len(config['models'][name]['experts'])} experts" for name in JOINING}


rule recompute_published:
    input:
        published=of_code("resources/deepgestalt_published.csv"),
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_published.csv",
            caption="../../report/gestalt_published.rst",
            category="DeepGestalt",
            labels={"content": "published numbers, computed again", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/gestalt_published.tex",
    log:
        "results/logs/{cohort}/statistics-gestalt_published.log",
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Numbers of Gurovich et al. (2019), computed again from their counts"
    script:
        "../../scripts/gestalt_published.py"


rule binary_problems:
    input:
        predictions=PREDICTIONS,
        trained=expand(f"{FOLD}/predictions.csv", model=list(BINARY), fold=FOLDS, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_table1.csv",
            caption="../../report/gestalt_table1.rst",
            category="DeepGestalt",
            labels={"content": "one class told from others", "format": "CSV"},
        ),
        tests="results/{cohort}/tables/gestalt_table1_tests.csv",
        tex="results/{cohort}/tables/gestalt_table1.tex",
    log:
        "results/logs/{cohort}/statistics-gestalt_table1.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        binary=GESTALT["binary"],
        labels=lambda wildcards: BINARY,
        control=config["statistics"]["control"],
        resamples=GESTALT["resamples"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "One class told from others, as Table 1 of Gurovich et al. (2019)"
    script:
        "../../scripts/binary_problems.py"


rule top_accuracy:
    input:
        **(TEST_SET_TABLES if TEST_SETS else {}),
        predictions=PREDICTIONS,
        samples="results/{cohort}/samples.csv",
        excluded="results/{cohort}/faces/excluded.csv",
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_table2.csv",
            caption="../../report/gestalt_table2.rst",
            category="DeepGestalt",
            labels={"content": "top-k accuracy of every model", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/gestalt_table2.tex",
    log:
        "results/logs/{cohort}/statistics-gestalt_table2.log",
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        test_sets=list(TEST_SETS),
        parts=MODEL_PARTS,
        top=GESTALT["top"],
        reference=GESTALT["reference"] or [*JOINING, *config["models"]][0],
        resamples=GESTALT["resamples"],
        level=BOOTSTRAP["level"],
        permutations=GESTALT["permutations"],
        seed=SEED,
    message:
        "Top-k accuracy of every model, as Table 2 of Gurovich et al. (2019)"
    script:
        "../../scripts/top_accuracy.py"


rule specialised:
    input:
        predictions=expand(f"{FOLD}/predictions.csv", model=list(SPECIALISED), fold=FOLDS, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_specialised.csv",
            caption="../../report/gestalt_specialised.rst",
            category="DeepGestalt",
            labels={"content": "models with labels of their own", "format": "CSV"},
        ),
        counts="results/{cohort}/tables/gestalt_specialised_labels.csv",
        tex="results/{cohort}/tables/gestalt_specialised.tex",
    log:
        "results/logs/{cohort}/statistics-gestalt_specialised.log",
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        labels=lambda wildcards: SPECIALISED,
        resamples=GESTALT["resamples"],
        level=BOOTSTRAP["level"],
        permutations=GESTALT["permutations"],
        seed=SEED,
    message:
        "Models with labels of their own, such as genotypes"
    script:
        "../../scripts/specialised.py"


rule confusion_counts:
    input:
        predictions=each_fold("predictions.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TABLES}/confusion.csv",
            caption="../../report/confusion.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "confusion matrix", "format": "CSV"},
        ),
        tex=f"{TABLES}/confusion.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-confusion.log",
    wildcard_constraints:
        model="|".join(map(re.escape, [*NETWORKS, *WITH_LABELS])),
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Confusion matrix of {wildcards.model}"
    script:
        "../../scripts/confusion_counts.py"


rule reliability_bins:
    input:
        predictions=each_fold("predictions.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TABLES}/reliability.csv",
            caption="../../report/reliability.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "reliability", "format": "CSV"},
        ),
        bins=f"{TABLES}/reliability_bins.csv",
        tex=f"{TABLES}/reliability.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-reliability.log",
    wildcard_constraints:
        model="|".join(map(re.escape, [*NETWORKS, *WITH_LABELS])),
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        resamples=GESTALT["resamples"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "Reliability of {wildcards.model}, before and after calibration"
    script:
        "../../scripts/reliability_bins.py"


rule affected_scores:
    input:
        predictions=each_fold("predictions.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TABLES}/affected_roc.csv",
            caption="../../report/affected_roc.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "affected at all?", "format": "CSV"},
        ),
        scores=f"{TABLES}/affected_scores.csv",
        curve=f"{TABLES}/affected_curve.csv",
        tex=f"{TABLES}/affected_roc.tex",
    log:
        "results/logs/{cohort}/{model}/statistics-affected_roc.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        control=config["statistics"]["control"],
        resamples=GESTALT["resamples"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "Affected at all? Gestalt scores of {wildcards.model}"
    script:
        "../../scripts/affected_scores.py"
