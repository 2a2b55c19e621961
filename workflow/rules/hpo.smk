# Table 1 and Figure 4 of Sümer et al. 2023: HPO terms and annotations. They need no image: LABELLED is the earliest
# table of the cohort that has the labels.


rule list_terms:
    input:
        terms="resources/hpo_terms.csv",
    output:
        csv=report(
            "results/{cohort}/tables/table1.csv",
            caption="../report/table1.rst",
            category="Table 1, HPO terms",
            labels={"content": "terms by region", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/table1.tex",
    log:
        "results/logs/{cohort}/statistics-table1.log",
    benchmark:
        "results/benchmarks/{cohort}/statistics-table1.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Table 1 (HPO terms by region)"
    script:
        "../scripts/table1.py"


rule draw_hpo_map:
    input:
        annotations="results/{cohort}/hpo_annotations.csv",
        labels=LABELLED,
    output:
        figure=report(
            "results/{cohort}/figures/figure4a.svg",
            caption="../report/figure4a.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 4a, HPO annotations"},
        ),
        table="results/{cohort}/figures/figure4a.csv",
    log:
        "results/logs/{cohort}/figures-figure4a.log",
    benchmark:
        "results/benchmarks/{cohort}/figures-figure4a.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        simulated=config["cohort"]["kind"] == "synthetic",
        perplexity=config["figures"]["perplexity"],
        seed=config["run"]["seed"],
    message:
        "Figure 4a of {wildcards.cohort}"
    script:
        "../scripts/draw_hpo_map.py"


rule draw_hpo_terms:
    input:
        annotations="results/{cohort}/hpo_annotations.csv",
        labels=LABELLED,
        terms="resources/hpo_terms.csv",
    output:
        figure=report(
            "results/{cohort}/figures/figure4b.svg",
            caption="../report/figure4b.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 4b, HPO terms"},
        ),
        table="results/{cohort}/figures/figure4b.csv",
    log:
        "results/logs/{cohort}/figures-figure4b.log",
    benchmark:
        "results/benchmarks/{cohort}/figures-figure4b.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        simulated=config["cohort"]["kind"] == "synthetic",
    message:
        "Figure 4b of {wildcards.cohort}"
    script:
        "../scripts/draw_hpo_terms.py"
