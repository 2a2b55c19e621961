rule coefficients:
    input:
        maps=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{{method}}.npy", fold=FOLDS),
        indices=expand("results/{{cohort}}/{{model}}/fold-{fold}/saliency/{{method}}.csv", fold=FOLDS),
        index="results/{cohort}/faces/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
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
    message:
        "Region coefficients of {wildcards.method} for {wildcards.model}"
    script:
        "../scripts/coefficients.py"
