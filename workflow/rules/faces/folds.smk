# Folds: grouped and stratified, with an audit of everyone who is on both sides of a split.


# Copies of one photograph under several names: re-encoded, cut, mirrored, ... Their crops are compared.
rule near_copies:
    input:
        index="results/{cohort}/faces/index.csv",
        crops=expand("results/{cohort}/faces/crops_{size}.npy", size=COMPARED_CROPS, allow_missing=True),
    output:
        copies="results/{cohort}/faces/near_copies.csv",
    log:
        "results/logs/{cohort}/near-copies.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=300,
    message:
        "Near copies in {wildcards.cohort}: comparing all photographs"
    script:
        "../../scripts/near_copies.py"


# A cohort whose table already tells that it can have no folds is refused when they are planned, before any job.
rule folds:
    input:
        unpack(lambda wildcards: STUDY.check_planned("folds") or {}),
        **({} if config["folds"]["near_copies"] == "ignore" else {"copies": rules.near_copies.output.copies}),
        samples="results/{cohort}/samples.csv",
        index="results/{cohort}/faces/index.csv",
        crops=expand("results/{cohort}/faces/crops_{size}.npy", size=min(config["faces"]["sizes"]), allow_missing=True),
    output:
        folds="results/{cohort}/folds.csv",
        audit="results/{cohort}/fold_audit.csv",
        counts="results/{cohort}/fold_counts.csv",
    log:
        "results/logs/{cohort}/folds.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folds={key: value for key, value in config["folds"].items() if key != "repeats"},
        control=config["statistics"]["control"],
    message:
        "Folds of {wildcards.cohort}: assigning and auditing"
    script:
        "../../scripts/folds.py"


# Given folds need no image; computed ones are those of the usable images.
rule split_counts:
    input:
        **({} if config["folds"]["source"] == "given" else {"folds": rules.folds.output.folds}),
        samples="results/{cohort}/samples.csv",
        annotations="results/{cohort}/hpo_annotations.csv",
    output:
        counts="results/{cohort}/split_audit.csv",
        findings="results/{cohort}/split_findings.csv",
    log:
        "results/logs/{cohort}/split-audit.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        control=config["statistics"]["control"],
        n=config["folds"]["n"],
    message:
        "Split audit of {wildcards.cohort}"
    script:
        "../../scripts/split_audit.py"
