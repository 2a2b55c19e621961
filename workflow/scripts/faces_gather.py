"""Put the shards of the faces stage together."""

from gestalt_regions.faces.face_shards import faces_gather
from gestalt_regions.faces.shards import KINDS
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs, sizes = snakemake.input, snakemake.output, snakemake.params.sizes
    faces_gather(
        samples=inputs.samples,
        shard_faces=inputs.faces,
        shard_indexes=inputs.index,
        shard_excluded=inputs.excluded,
        shard_photographs=inputs.photographs,
        arrays={(kind, size): path for kind in KINDS for size, path in zip(sizes, outputs[kind], strict=True)},
        index=outputs.index,
        excluded=outputs.excluded,
        photographs=outputs.photographs,
    )
