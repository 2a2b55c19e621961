# Tables 1 to 6 of GestaltMatcher-Arc, by name (`snakemake arc_table6`).
# What an encoder was first trained on: matching.encoders.<name>.dataset, or resources/face_datasets.csv for known backbones.

ARC_FILES = {
    "accuracy": f"{MATCHING}/tables/accuracy.csv",
    "verification": f"{MATCHING}/tables/verification.csv",
    "splits": f"{MATCHING}/splits.csv",
    "excluded": f"{MATCHING}/excluded.csv",
    "samples": "results/{cohort}/samples.csv",
    "datasets": FACE_DATASETS,
}
ARC_NEEDS = {"1": ["samples", "datasets"], "2": ["splits", "excluded", "samples"]}
ARC_NEEDS |= {number: ["accuracy", "verification", "samples", "datasets"] for number in "3456"}


rule arc_table:
    input:
        unpack(
            lambda wildcards: {
                name: ARC_FILES[name].format(cohort=wildcards.cohort) for name in ARC_NEEDS[wildcards.arc]
            }
        ),
    output:
        csv=report(
            f"{MATCHING}/tables/arc_table{{arc}}.csv",
            caption="../../report/arc_table.rst",
            category="Matching",
            labels={"content": "Table {arc} of GestaltMatcher-Arc", "format": "CSV"},
        ),
        tex=f"{MATCHING}/tables/arc_table{{arc}}.tex",
    log:
        "results/logs/{cohort}/matching-table{arc}.log",
    wildcard_constraints:
        arc="[1-6]",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        encoders=config["matching"]["encoders"],
        ensemble=config["matching"]["ensemble"],
    message:
        "Table {wildcards.arc} of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../../scripts/arc_table.py"
