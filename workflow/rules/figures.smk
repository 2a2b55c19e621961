# Figures 1, 5 and 6 of Sümer et al. 2023 and the heat maps of both research questions.

FIGURES = "results/{cohort}/{model}/figures"
CORRECTED = config["statistics"]["variants"]["corrected"]
LARGEST_CROPS = max(config["faces"]["sizes"])


rule draw_montage:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/figure1.png",
            caption="../report/figure1.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 1, faces"},
        ),
    log:
        "results/logs/{cohort}/figures-figure1.log",
    benchmark:
        "results/benchmarks/{cohort}/figures-figure1.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        columns=config["figures"]["montage_columns"],
    message:
        "Figure 1 of {wildcards.cohort}"
    script:
        "../scripts/draw_montage.py"


# Asks Snakemake, which plans the whole study once more and runs nothing; no file of the study is needed. The config is not
# among the params: a value in it moves no box. Which rules there are is.
rule draw_workflow:
    output:
        figure=report(
            "results/{cohort}/figures/figure2.svg",
            caption="../report/figure2.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 2, workflow"},
        ),
    log:
        "results/logs/{cohort}/figures-figure2.log",
    benchmark:
        "results/benchmarks/{cohort}/figures-figure2.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        files=lambda wildcards: {each.name: os.path.basename(each.snakefile) for each in workflow.rules},
    message:
        "Figure 2, the workflow"
    script:
        "../scripts/draw_workflow.py"


rule draw_region_sets:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        regions=[
            f"results/{{cohort}}/faces/regions_{LARGEST_CROPS if name == 'paper' else f'{name}_{LARGEST_CROPS}'}.npy"
            for name in REGION_SETS
        ],
        sets="resources/regions.yaml",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/figure_regions.png",
            caption="../report/figure_regions.rst",
            category="Figures",
            labels={"model": "", "figure": "Region sets"},
        ),
    log:
        "results/logs/{cohort}/figures-regions.log",
    benchmark:
        "results/benchmarks/{cohort}/figures-regions.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        sets=REGION_SETS,
    message:
        "Region sets of {wildcards.cohort} on the mean face"
    script:
        "../scripts/draw_region_sets.py"


rule draw_maps:
    input:
        maps=[
            f"results/{{cohort}}/{{model}}/fold-{config['figures']['maps']['fold']}/saliency/{method}.npy"
            for method in METHODS
        ],
        indices=[
            f"results/{{cohort}}/{{model}}/fold-{config['figures']['maps']['fold']}/saliency/{method}.csv"
            for method in METHODS
        ],
        crops=lambda wildcards: face_stack("crops", wildcards),
        regions=lambda wildcards: face_stack("regions", wildcards),
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/figure5.png",
            caption="../report/figure5.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 5, maps"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure5.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-figure5.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        samples=config["figures"]["maps"]["samples"],
        faces=config["figures"]["maps"]["count"],
        colormap=config["figures"]["maps"]["colormap"],
        control=config["statistics"]["control"],
    message:
        "Figure 5 of {wildcards.model}"
    script:
        "../scripts/draw_maps.py"


rule draw_case:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        regions=f"results/{{cohort}}/faces/regions_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        coefficients=COEFFICIENTS,
        annotations="results/{cohort}/hpo_annotations.csv",
        terms="resources/hpo_terms.csv",
    output:
        figure=report(
            f"{FIGURES}/figure3.svg",
            caption="../report/figure3.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 3, cases"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure3.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-figure3.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        policy=config["statistics"]["rq2"]["policy"],
        samples=config["figures"]["case"]["samples"],
        cases=config["figures"]["case"]["count"],
        control=config["statistics"]["control"],
    message:
        "Figure 3 of {wildcards.model}"
    script:
        "../scripts/draw_case.py"


rule draw_contact_sheet:
    input:
        maps=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{method}.npy", fold=FOLDS, method=METHODS),
        indices=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{method}.csv", fold=FOLDS, method=METHODS),
        crops=lambda wildcards: face_stack("crops", wildcards),
        regions=lambda wildcards: face_stack("regions", wildcards),
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/contact_sheet.png",
            caption="../report/contact_sheet.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Contact sheet of maps"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-contact_sheet.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-contact_sheet.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        samples=config["figures"]["contact_sheet"]["samples"],
        faces=config["figures"]["contact_sheet"]["count"],
        colormap=config["figures"]["maps"]["colormap"],
        control=config["statistics"]["control"],
    message:
        "Contact sheet of {wildcards.model}"
    script:
        "../scripts/draw_contact_sheet.py"


rule draw_boxplots:
    input:
        coefficients=rules.rq1.input.coefficients,
        tests=rules.rq1.output.tests,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/figure6.svg",
            caption="../report/figure6.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 6, box plots"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure6.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-figure6.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        methods=config["figures"]["figure6_methods"],
        policy=config["statistics"]["rq1"]["policy"],
        control=config["statistics"]["control"],
        syndromes=config["statistics"]["syndromes"],
        unit=CORRECTED["unit"],
    message:
        "Figure 6 of {wildcards.model}"
    script:
        "../scripts/draw_boxplots.py"


rule draw_heatmaps:
    input:
        correlations=f"{TABLES}/table4.csv",
        tests=rules.rq1.output.tests,
    output:
        correlation=report(
            f"{FIGURES}/correlation_heatmap.svg",
            caption="../report/correlation_heatmap.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Correlations (RQ2)"},
        ),
        significance=report(
            f"{FIGURES}/significance_heatmap.svg",
            caption="../report/significance_heatmap.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Effects and tests (RQ1)"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-heatmaps.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/figures-heatmaps.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Heat maps of {wildcards.model}"
    script:
        "../scripts/draw_heatmaps.py"
