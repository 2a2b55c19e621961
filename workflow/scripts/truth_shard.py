"""Render one shard of the counterfactuals and measure what changed."""

from gestalt_regions.jobs.job import job
from gestalt_regions.truth.truth_shards import STACKS, TABLES, truth_shard

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    truth_shard(
        inputs.head,
        inputs.plan,
        inputs.recipes,
        inputs.hpo_terms,
        inputs.faces,
        inputs.scored,
        list(inputs.crops),
        list(inputs.regions),
        {kind: list(outputs[kind]) for kind in STACKS},
        outputs.landmarks,
        {table: outputs[table] for table in TABLES},
        shard=int(snakemake.wildcards.shard),
        sizes=params.sizes,
        which=params.which,
        cohort=params.cohort,
        seed=params.seed,
    )
