# A cohort of photographs: what the registered reader of cohort.kind says of its files (gestalt_regions.cohort.readers).
from gestalt_regions.core.errors import InputError

SECTION = config["cohort"][READER.name]


def of_section(say):
    """What the reader says of its section; a bad one ends the run with its message alone."""
    try:
        return say(SECTION)
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")


COHORT_FILES = {name: path or [] for name, path in of_section(READER.files).items()}
RATED = of_section(READER.ratings) if READER.ratings else []
COHORT_TABLES = {"samples": "results/{cohort}/samples.csv", "who": "results/{cohort}/cohort/who_is_who.csv"}
if not READER.ratings:
    COHORT_TABLES["annotations"] = "results/{cohort}/hpo_annotations.csv"
if READER.lists:
    COHORT_TABLES["lists"] = "results/{cohort}/cohort/lists.csv"


rule samples:
    input:
        **COHORT_FILES,
        hpo_terms=HPO_TERMS,
    output:
        **COHORT_TABLES,
    log:
        "results/logs/{cohort}/cohort-samples.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        kind=READER.name,
        settings=lambda wildcards: SECTION,  # braces in it are no wildcards
        control=config["statistics"]["control"] if READER.needs_control else "",
    message:
        f"Cohort {{wildcards.cohort}}: reading it as {READER.name}"
    script:
        "../../scripts/read_cohort.py"


if READER.ratings:

    include: "annotate.smk"
