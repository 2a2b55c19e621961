# The published metadata of the NIH faces: partitions, kin and HPO ratings; the photographs are needed from `faces` on.
METADATA = config["cohort"]["nih_faces"]["metadata"]
RATED = sorted(str(path) for path in Path(METADATA, "annotated-hpo-terms").glob("*.csv"))


rule samples_nih:
    input:
        partitions=f"{METADATA}/partitions.csv",
        related=f"{METADATA}/related_samples.csv",
    output:
        samples="results/{cohort}/samples.csv",
    log:
        "results/logs/{cohort}/cohort-samples.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        images=config["cohort"]["nih_faces"]["images"],
        control=config["statistics"]["control"],
    message:
        "Cohort {wildcards.cohort}: reading the metadata in {METADATA}"
    script:
        "../../scripts/samples_nih.py"


include: "annotate.smk"
