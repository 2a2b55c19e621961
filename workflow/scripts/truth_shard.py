"""Render one shard of the counterfactuals and measure what changed."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.truth.truth_shards import STACKS, TABLES, TruthInputs, truth_shard

with job(snakemake):
    outputs = snakemake.output
    truth_shard(
        TruthInputs(**dict(snakemake.input.items())),
        arrays={kind: outputs[kind] for kind in STACKS},
        landmarks=outputs.landmarks,
        tables={table: outputs[table] for table in TABLES},
        shard=int(snakemake.wildcards.shard),
        **settings(snakemake),
    )
