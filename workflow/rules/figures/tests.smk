# Figure 6 of Sümer et al. 2023 and the heat maps of both research questions.

from gestalt_regions.statistics.variants import variant_file

FIGURE_6, HEATMAPS = (config["figures"][name] for name in ("figure6", "heatmaps"))


rule draw_boxplots:
    input:
        coefficients=COEFFICIENTS,
        tests=f"{TABLES}/table3_tests.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/figure6.svg",
            caption="../../report/figure6.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 6, box plots"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure6.log",
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        figure=FIGURE_6,
        policy=config["statistics"]["variants"][FIGURE_6["variant"]]["policy"]["rq1"],
        control=config["statistics"]["control"],
        syndromes=config["statistics"]["syndromes"],
        unit=config["statistics"]["variants"][FIGURE_6["variant"]]["unit"],
    message:
        "Figure 6 of {wildcards.model}"
    script:
        "../../scripts/draw_boxplots.py"


rule draw_heatmaps:
    input:
        correlations=f"{TABLES}/{variant_file('table4', HEATMAPS['variant'])}.csv",
        tests=f"{TABLES}/table3_tests.csv",
    output:
        correlation=report(
            f"{FIGURES}/correlation_heatmap.svg",
            caption="../../report/correlation_heatmap.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Correlations (RQ2)"},
        ),
        significance=report(
            f"{FIGURES}/significance_heatmap.svg",
            caption="../../report/significance_heatmap.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Effects and tests (RQ1)"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-heatmaps.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        figure=HEATMAPS,
    message:
        "Heat maps of {wildcards.model}"
    script:
        "../../scripts/draw_heatmaps.py"
