# GestaltMatcher Database, for those who have access: its metadata, lists of gallery and test images, and photographs.
from gestalt_regions.cohort.readers.gmdb import LISTS, find_version, list_path
from gestalt_regions.core.errors import InputError

GMDB = config["cohort"]["gmdb"]

try:
    VERSION = find_version(GMDB["metadata"], GMDB["version"])
except InputError as error:
    sys.exit(f"gestalt-regions: {error}")


rule samples_gmdb:
    input:
        lists=[str(list_path(GMDB["metadata"], VERSION, *each)) for each in LISTS],
        hpo_terms=HPO_TERMS,
    output:
        samples="results/{cohort}/samples.csv",
        annotations="results/{cohort}/hpo_annotations.csv",
        lists="results/{cohort}/cohort/lists.csv",
    log:
        "results/logs/{cohort}/cohort-samples.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        metadata=GMDB["metadata"],
        images=GMDB["images"],
        pattern=lambda wildcards: GMDB["pattern"],
        version=VERSION,
    message:
        "Cohort {wildcards.cohort}: reading the lists in {params.metadata}"
    script:
        "../../scripts/samples_gmdb.py"
