"""Detect, align and parse one shard of the cohort."""

from gestalt_regions.faces.face_shards import FaceSettings, faces_shard
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    faces_shard(
        samples=inputs.samples,
        detector_weights=inputs.detector,
        parser_weights=inputs.parser,
        listed=inputs.listed,
        faces=outputs.faces,
        index=outputs.index,
        excluded=outputs.excluded,
        photographs=outputs.photographs,
        shard=int(snakemake.wildcards.shard),
        settings=FaceSettings(**snakemake.params.faces),
        threads=snakemake.threads,
        landmark_weights=inputs.get("landmarks", ""),
    )
