"""Maps of one method before and after the network's weights are drawn again, or trained on shuffled labels."""

from gestalt_regions.evaluation import fold_networks, scored_maps
from gestalt_regions.evaluation.groups.sanity import write_sanity
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_sanity(
        scored_maps.from_job(snakemake),
        fold_networks.from_job(snakemake),
        inputs.scored,
        dict(snakemake.output.items()),
        method=fold_networks.method_of(snakemake.wildcards.method, params.method),
        shuffled=inputs.shuffled,
        regions=scored_maps.regions_from_job(snakemake),
        policies=params.policies,
        images=params.images,
        seed=params.seed,
    )
