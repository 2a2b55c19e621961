# Equation 4 over every region set of coefficients.sets (resources/regions.yaml), all from the same stored maps.

REGION_SETS = config["coefficients"]["sets"]


rule region_maps:
    input:
        labels="results/{cohort}/faces/labels_{size}.npy",
        index="results/{cohort}/faces/index.csv",
        sets="resources/regions.yaml",
    output:
        regions="results/{cohort}/faces/regions_{regions}_{size}.npy",
    log:
        "results/logs/{cohort}/regions-{regions}-{size}.log",
    benchmark:
        "results/benchmarks/{cohort}/regions-{regions}-{size}.tsv"
    conda:
        "../../envs/faces.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=20,
    message:
        "Regions of the set {wildcards.regions} at {wildcards.size} pixels"
    script:
        "../scripts/region_maps.py"


# The published regions; their tables and figures need nothing of the other sets.
rule coefficients:
    input:
        maps=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{{method}}.npy", fold=FOLDS),
        indices=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{{method}}.csv", fold=FOLDS),
        index="results/{cohort}/faces/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        sets="resources/regions.yaml",
    output:
        table="results/{cohort}/{model}/coefficients/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/coefficients-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/coefficients-{method}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        folds=FOLDS,
        policies=config["coefficients"]["policies"],
        region_set="paper",
    message:
        "Region coefficients of {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/coefficients.py"


use rule coefficients as coefficients_of_set with:
    input:
        maps=rules.coefficients.input.maps,
        indices=rules.coefficients.input.indices,
        index=rules.coefficients.input.index,
        regions=lambda wildcards: face_stack(f"regions_{wildcards.regions}", wildcards),
        sets="resources/regions.yaml",
    output:
        table="results/{cohort}/{model}/coefficients/{regions}/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/coefficients-{regions}-{method}.log",
    benchmark:
        "results/benchmarks/{cohort}/{model}/coefficients-{regions}-{method}.tsv"
    params:
        folds=FOLDS,
        policies=config["coefficients"]["policies"],
        region_set="{regions}",
    message:
        "Coefficients of {wildcards.method} over the set {wildcards.regions} for {wildcards.model}"
