# What the faces depend on. Of a rendered cohort that is samples.csv, which follows its photos. Photographs are no outputs of
# a rule: each shard has a list of its own by content, and lists are brought up to date whenever a run is planned. So a
# photograph that is replaced, added or removed makes one shard again, and an edit of a label makes none.
from functools import cache

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.photograph_lists import ORDER, look_again

LISTS = "results/{cohort}/photographs"
SAMPLES = "results/{cohort}/samples.csv"


@cache
def photographs_seen():
    """Once, when a run is planned with faces in it."""
    section = config["cohort"][READER.name]
    try:
        look_again(
            lambda: READER.read(READER.files(section), section),
            f"results/{COHORT}/photographs",
            config["faces"]["shards"],
            config["faces"]["detector"],
        )
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")


def list_of_photographs(name):
    """An input function: a list, brought up to date by the process that plans, not by each job."""

    def of_cohort(wildcards):
        if workflow.is_main_process:
            photographs_seen()
        return f"{LISTS}/{name}".format(cohort=wildcards.cohort, shard=wildcards.get("shard"))

    return [] if RENDERED else of_cohort


def kept(path):
    """Shards of photographs are kept, so that a later run makes only those that changed."""
    return temp(path) if RENDERED else path
