# A cohort of photographs: a folder of images and a table of labels.


rule samples_folder:
    input:
        table=config["cohort"]["folder"]["table"],
        hpo_terms=HPO_TERMS,
        annotations=config["cohort"]["folder"]["annotations"] or [],
    output:
        samples="results/{cohort}/samples.csv",
        annotations="results/{cohort}/hpo_annotations.csv",
    log:
        "results/logs/{cohort}/cohort-samples.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        images=config["cohort"]["folder"]["images"],
    message:
        "Cohort {wildcards.cohort}: reading the table {input.table}"
    script:
        "../../scripts/samples_folder.py"
