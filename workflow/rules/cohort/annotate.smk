# HPO ratings as clinicians hand them in, one file for each syndrome: real ones and simulated ones are read alike.
# The rule file of the cohort includes this one and names the files in RATED. Files of people count by content, too: an
# older one may take the place of a newer one.
from gestalt_regions.core.file_digests import file_digest


rule annotate:
    input:
        files=RATED,
        labels=LABELLED,
        hpo_terms=HPO_TERMS,
    output:
        annotations="results/{cohort}/hpo_annotations.csv",
        notes="results/{cohort}/hpo_notes.csv",
    log:
        "results/logs/{cohort}/cohort-annotate.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        content=lambda wildcards: [] if RENDERED else [file_digest(path) for path in RATED],
    message:
        "Cohort {wildcards.cohort}: reading the HPO ratings"
    script:
        "../../scripts/annotate.py"
