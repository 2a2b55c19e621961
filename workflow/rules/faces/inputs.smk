# What the faces depend on. Of a rendered cohort that is samples.csv, which follows its photos. Photographs are no outputs of
# a rule: each shard has a list of its own by content, and lists are brought up to date whenever a run is planned. So a
# photograph that is replaced, added or removed makes one shard again, and an edit of a label makes none. Shards do not
# depend on samples.csv, not even as ancient(): below a job that runs, Snakemake sees no other reason behind such an input.
from functools import cache

from gestalt_regions.faces.photograph_lists import ORDER, PATHS, look_again

LISTS = "results/{cohort}/photographs"
SAMPLES = "results/{cohort}/samples.csv"


@cache
def photographs_seen():
    """Once, when a run is planned with faces in it."""
    STUDY.check_planned("faces_shard")
    if STUDY.look.samples is not None:
        faces = config["faces"]
        look_again(STUDY.look.samples, f"results/{COHORT}/photographs", faces["shards"], faces["detector"])


def list_of_photographs(wildcards):
    """The list of a shard, brought up to date by the process that plans, not by each job."""
    photographs_seen()
    return f"{LISTS}/{wildcards.shard}.csv".format(cohort=wildcards.cohort)


def order_of_faces(wildcards):
    """What tells the order of the faces, brought up to date as the lists are: a table that is sorted anew is followed."""
    if RENDERED:
        return SAMPLES.format(cohort=wildcards.cohort)
    photographs_seen()
    return f"{LISTS}/{ORDER}".format(cohort=wildcards.cohort)


def kept(path):
    """Shards of photographs are kept, so that a later run makes only those that changed."""
    return temp(path) if RENDERED else path
