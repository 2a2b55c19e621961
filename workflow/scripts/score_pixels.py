"""Maps of one method against the pixels that changed."""

from gestalt_regions.evaluation.groups.pixels import write_pixels
from gestalt_regions.evaluation.scored_maps import stored_maps
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_pixels(
        stored_maps(snakemake.wildcards.method, params.pop("folds"), inputs),
        inputs,
        dict(snakemake.output.items()),
        predictions=inputs["predictions"],
        **params,
    )
