"""Put the shards of the faces stage together."""

from gestalt_regions.faces.face_shards import KINDS, faces_gather
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    faces_gather(
        shard_arrays={kind: inputs[kind] for kind in KINDS},
        shard_indexes=inputs.index,
        shard_excluded=inputs.excluded,
        shard_photographs=inputs.photographs,
        arrays={kind: outputs[kind] for kind in KINDS},
        index=outputs.index,
        excluded=outputs.excluded,
        photographs=outputs.photographs,
    )
