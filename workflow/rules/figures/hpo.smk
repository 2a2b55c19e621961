# Figure 4 of Sümer et al. 2023: HPO annotations. They need no image: LABELLED is the earliest table with the labels.


rule draw_hpo_map:
    input:
        annotations="results/{cohort}/hpo_annotations.csv",
        labels=LABELLED,
    output:
        figure=report(
            "results/{cohort}/figures/figure4a.svg",
            caption="../../report/figure4a.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 4a, HPO annotations"},
        ),
        table="results/{cohort}/figures/figure4a.csv",
    log:
        "results/logs/{cohort}/figures-figure4a.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        simulated=config["cohort"]["kind"] == "synthetic",
        perplexity=config["figures"]["perplexity"],
        seed=SEED,
    message:
        "Figure 4a of {wildcards.cohort}"
    script:
        "../../scripts/draw_hpo_map.py"


rule draw_hpo_terms:
    input:
        annotations="results/{cohort}/hpo_annotations.csv",
        labels=LABELLED,
        terms=HPO_TERMS,
    output:
        figure=report(
            "results/{cohort}/figures/figure4b.svg",
            caption="../../report/figure4b.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 4b, HPO terms"},
        ),
        table="results/{cohort}/figures/figure4b.csv",
    log:
        "results/logs/{cohort}/figures-figure4b.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        simulated=config["cohort"]["kind"] == "synthetic",
    message:
        "Figure 4b of {wildcards.cohort}"
    script:
        "../../scripts/draw_hpo_terms.py"
