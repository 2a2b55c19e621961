"""Who is in which training set."""

from gestalt_regions.evaluation.imbalance.nested_subsets import write_subsets
from gestalt_regions.evaluation.imbalance.planned_sets import planned_sets
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    params = settings(snakemake)
    sets = planned_sets(params.pop("section"), params.pop("control"))
    outputs = {"people": snakemake.output.people, "sets": snakemake.output.sets}
    write_subsets(dict(snakemake.input.items()), outputs, sets=sets, **params)
