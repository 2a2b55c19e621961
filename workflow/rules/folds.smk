# Folds: grouped and stratified, with an audit of everyone who is on both sides of a split.


rule folds:
    input:
        samples="results/{cohort}/samples.csv",
        index="results/{cohort}/faces/index.csv",
        crops=expand("results/{cohort}/faces/crops_{size}.npy", size=min(config["faces"]["sizes"]), allow_missing=True),
    output:
        folds="results/{cohort}/folds.csv",
        audit="results/{cohort}/fold_audit.csv",
        counts="results/{cohort}/fold_counts.csv",
    log:
        "results/logs/{cohort}/folds.log",
    benchmark:
        "results/benchmarks/{cohort}/folds.tsv"
    conda:
        "../../envs/faces.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folds=config["folds"],
        control=config["statistics"]["control"],
    message:
        "Folds of {wildcards.cohort}: assigning and auditing"
    script:
        "../scripts/folds.py"
