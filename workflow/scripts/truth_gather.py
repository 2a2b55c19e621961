"""Put the shards of the counterfactuals together."""

from gestalt_regions.jobs.job import job
from gestalt_regions.truth.truth_shards import STACKS, TABLES, truth_gather


def paths(files, name):
    return [files[name]] if isinstance(files[name], str) else list(files[name])


with job(snakemake):
    arrays, inputs, outputs = [*STACKS, "landmarks"], snakemake.input, snakemake.output
    truth_gather(
        arrays={kind: paths(inputs, kind) for kind in arrays},
        tables={table: paths(inputs, table) for table in TABLES},
        outputs={name: paths(outputs, name) for name in [*arrays, *TABLES]},
    )
