"""The controls that know the truth of other families alone."""

from gestalt_regions.evaluation.groups.priors import write_priors
from gestalt_regions.evaluation.scored_maps import Regions, open_region_sets, stored_maps
from gestalt_regions.jobs.job import job, settings
from gestalt_regions.regions.sets import PAPER, region_ids

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_priors(
        stored_maps("priors", params.pop("folds"), inputs),
        inputs,
        [*snakemake.output.tables, *snakemake.output.get("pairs", [])],
        sets=open_region_sets(inputs),
        boxes=Regions(inputs["regions"], inputs["faces"], region_ids(inputs["sets"], PAPER)),
        predictions=inputs["predictions"],
        **params,
    )
