"""Maps of one method before and after the network's weights are drawn again, or trained on shuffled labels."""

from gestalt_regions.evaluation import frame, networks
from gestalt_regions.evaluation.cascade import write_sanity
from gestalt_regions.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_sanity(
        frame.from_job(snakemake),
        networks.from_job(snakemake),
        inputs.scored,
        dict(snakemake.output.items()),
        method=networks.method_of(snakemake.wildcards.method, params.method),
        shuffled=inputs.shuffled,
        regions=frame.regions_from_job(snakemake),
        policies=params.policies,
        images=params.images,
        seed=params.seed,
    )
