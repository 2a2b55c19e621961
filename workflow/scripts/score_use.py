"""Coefficients of one method against what the network uses."""

from gestalt_regions.evaluation.groups.regions import write_use
from gestalt_regions.evaluation.scored_maps import Regions, stored_maps
from gestalt_regions.jobs.job import job, settings
from gestalt_regions.regions.sets import PAPER, region_ids

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_use(
        stored_maps(snakemake.wildcards.method, params.pop("folds"), inputs),
        inputs["drops"],
        dict(snakemake.output.items()),
        boxes=Regions(inputs["regions"], inputs["faces"], region_ids(inputs["sets"], PAPER)),
        **params,
    )
