# Figures of further test sets: accuracy of every model on each, and what their photographs look like.


rule draw_test_sets:
    input:
        table="results/{cohort}/tables/gestalt_table2.csv",
    output:
        figure=report(
            "results/{cohort}/figures/test_sets.svg",
            caption="../../report/test_sets.rst",
            category="DeepGestalt",
            labels={"content": "accuracy on every test set", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/figures-test_sets.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        originals=ORIGINALS,
        aggregates=[model for model in config["models"] if model in AGGREGATES],
    message:
        "Accuracy of every model on every test set"
    script:
        "../../scripts/draw_test_sets.py"


rule draw_test_set_sheet:
    input:
        samples="results/{cohort}/samples.csv",
        listed=each_test_set("samples.csv"),
        indexes=each_test_set("index.csv"),
        photographs=each_test_set("photographs", [*RENDERED_SETS, *OCCLUDED_SETS]),
    output:
        figure=report(
            "results/{cohort}/figures/test_set_sheet.png",
            caption="../../report/test_set_sheet.rst",
            category="DeepGestalt",
            labels={"content": "photographs of the test sets", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/figures-test_set_sheet.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        test_sets=list(TEST_SETS),
        originals=ORIGINALS,
    message:
        "Photographs of the test sets of {wildcards.cohort}"
    script:
        "../../scripts/draw_test_set_sheet.py"
