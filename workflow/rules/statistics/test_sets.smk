# Tables of further test sets: what they hold, what occluders hide, and whether the mean of experts beats the full face.


rule test_set_counts:
    input:
        samples="results/{cohort}/samples.csv",
        listed=each_test_set("samples.csv"),
        excluded=each_test_set("excluded.csv"),
    output:
        csv=report(
            "results/{cohort}/tables/gestalt_test_sets.csv",
            caption="../../report/gestalt_test_sets.rst",
            category="DeepGestalt",
            labels={"content": "further test sets", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/statistics-gestalt_test_sets.log",
    resources:
        mem_mb=500,
        runtime=5,
    params:
        sections=TEST_SETS,
    message:
        "What the further test sets of {wildcards.cohort} hold"
    script:
        "../../scripts/test_set_counts.py"


if OCCLUDED_SETS:

    rule hidden_regions:
        input:
            files_of_hidden,
            photographs=each_test_set("photographs", OCCLUDED_SETS),
            listed=each_test_set("samples.csv", OCCLUDED_SETS),
            sets=REGION_FILE,
        output:
            csv=report(
                "results/{cohort}/tables/gestalt_hidden.csv",
                caption="../../report/gestalt_hidden.rst",
                category="DeepGestalt",
                labels={"content": "what occluders hide", "format": "CSV"},
            ),
            tex="results/{cohort}/tables/gestalt_hidden.tex",
        log:
            "results/logs/{cohort}/statistics-gestalt_hidden.log",
        conda:
            "../../../envs/faces.yaml"
        resources:
            mem_mb=1500,
            runtime=20,
        params:
            originals=lambda wildcards: hidden_by(wildcards.cohort),
            test_sets=OCCLUDED_SETS,
        message:
            "How much of each region the occluders hide"
        script:
            "../../scripts/hidden_regions.py"


if PAIRS:

    rule compare_aggregation:
        input:
            predictions=expand(f"{FOLD}/predictions.csv", model=list(config["models"]), fold=FOLDS, allow_missing=True),
            samples="results/{cohort}/samples.csv",
            answers=TEST_SET_TABLES["answers"],
            listed=each_test_set("samples.csv"),
        output:
            csv=report(
                "results/{cohort}/tables/gestalt_aggregation.csv",
                caption="../../report/gestalt_aggregation.rst",
                category="DeepGestalt",
                labels={"content": "mean of experts against the full face", "format": "CSV"},
            ),
            tex="results/{cohort}/tables/gestalt_aggregation.tex",
        log:
            "results/logs/{cohort}/statistics-gestalt_aggregation.log",
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            test_sets=list(TEST_SETS),
            pairs=PAIRS,
            originals=ORIGINALS,
            top=config["gestalt"]["top"],
            resamples=config["gestalt"]["resamples"],
            level=BOOTSTRAP["level"],
            seed=SEED,
        message:
            "Does the mean of experts beat the full face?"
        script:
            "../../scripts/compare_aggregation.py"
