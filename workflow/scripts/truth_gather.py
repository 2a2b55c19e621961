"""Put the shards of the counterfactuals together."""

from gestalt_regions.jobs.job import job
from gestalt_regions.truth.truth_shards import STACKS, TABLES, truth_gather


def paths(named, name):
    found = named[name]
    return [found] if isinstance(found, str) else list(found)


with job(snakemake):
    arrays, inputs, outputs = [*STACKS, "landmarks"], snakemake.input, snakemake.output
    truth_gather(
        {kind: paths(inputs, kind) for kind in arrays},
        {table: paths(inputs, table) for table in TABLES},
        {name: paths(outputs, name) for name in [*arrays, *TABLES]},
    )
