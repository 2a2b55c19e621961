# A cohort of photographs: what the registered reader of cohort.kind says of its files (gestalt_regions.cohort.readers).
from functools import cache

from gestalt_regions.cohort.matched_controls import controls_settings
from gestalt_regions.cohort.read_cohort import tables_digest
from gestalt_regions.core.errors import InputError

SECTION = config["cohort"][READER.name]


def of_section(say):
    """What the reader says of its section; a bad one ends the run with its message alone."""
    try:
        return say(SECTION)
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")


COHORT_FILES = {name: path or [] for name, path in of_section(READER.files).items()}
COHORT_CONTROL = config["statistics"]["control"] if READER.needs_control else ""
RATED = of_section(READER.ratings) if READER.ratings else []
COHORT_TABLES = {"samples": "results/{cohort}/samples.csv", "who": "results/{cohort}/cohort/who_is_who.csv"}
if not READER.ratings:
    COHORT_TABLES["annotations"] = "results/{cohort}/hpo_annotations.csv"
if READER.lists:
    COHORT_TABLES["lists"] = "results/{cohort}/cohort/lists.csv"
COHORT_TABLES |= CONTROL_TABLES


@cache
def cohort_now():
    """A digest of the tables that the job below would write now, while a run is planned; none in a job's process."""
    samples, said, chosen = STUDY.look.samples, STUDY.look.said, STUDY.look.chosen
    if samples is None:
        return ""
    outputs = {name: path.format(cohort=COHORT) for name, path in COHORT_TABLES.items()}
    given = {
        "files": COHORT_FILES,
        "control": COHORT_CONTROL,
        "hpo_terms": str(HPO_TERMS),
        "outputs": outputs,
        "chosen": chosen,
    }
    return of_section(lambda section: tables_digest(READER, samples, said, settings=section, **given))


# Files of people count by what they say, not by their time stamps: an edit, an older file in the place of a newer one
# and a photograph that appears are seen, a file that is saved again with other line ends changes nothing.
rule samples:
    input:
        **{name: ancient(path) for name, path in COHORT_FILES.items()},
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
        control=COHORT_CONTROL,
        content=lambda wildcards: cohort_now(),
        controls=controls_settings(config),
    message:
        f"Cohort {{wildcards.cohort}}: reading it as {READER.name}"
    script:
        "../../scripts/read_cohort.py"


if READER.ratings:

    include: "annotate.smk"
