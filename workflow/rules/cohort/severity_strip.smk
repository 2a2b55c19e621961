# One subject of each syndrome at rising severity.


rule severity_faces:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=COHORT_RECIPES,
    output:
        faces="results/{cohort}/cohort/severity.npy",
        index="results/{cohort}/cohort/severity.csv",
    log:
        "results/logs/{cohort}/cohort-severity.log",
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        cohort=cohort_without("raters", "counterfactuals", "shards"),
        seed=SEED,
        severities=config["figures"]["severity_strip"],
    message:
        "Render one subject of each syndrome of {wildcards.cohort} at rising severity"
    script:
        "../../scripts/severity_faces.py"


rule draw_severity_strip:
    input:
        faces="results/{cohort}/cohort/severity.npy",
        index="results/{cohort}/cohort/severity.csv",
    output:
        figure=report(
            "results/{cohort}/figures/severity_strip.png",
            caption="../../report/severity_strip.rst",
            category="Figures",
            labels={"model": "", "figure": "Severity strip"},
        ),
    log:
        "results/logs/{cohort}/figures-severity_strip.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    message:
        "Severity strip of {wildcards.cohort}"
    script:
        "../../scripts/draw_severity_strip.py"
