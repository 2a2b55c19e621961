# HPO ratings as clinicians hand them in, one file for each syndrome: real ones and simulated ones are read alike.
# The cohort's own rule file includes this one and names the files in RATED.


rule annotate:
    input:
        files=RATED,
        labels=LABELLED,
        hpo_terms=HPO_TERMS,
        ontology=ONTOLOGY,
    output:
        annotations="results/{cohort}/hpo_annotations.csv",
        notes="results/{cohort}/hpo_notes.csv",
    log:
        "results/logs/{cohort}/cohort-annotate.log",
    benchmark:
        "results/benchmarks/{cohort}/cohort-annotate.tsv"
    conda:
        "../../envs/faces.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "Cohort {wildcards.cohort}: reading the HPO ratings"
    script:
        "../scripts/annotate.py"
