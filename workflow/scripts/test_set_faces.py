"""Detect, align and parse the faces of a further test set."""

from gestalt_regions.faces.face_shards import FaceSettings, faces_shard
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    faces_shard(
        samples=inputs.samples,
        detector_weights=inputs.detector,
        parser_weights=inputs.parser,
        listed="",
        **dict(snakemake.output.items()),
        shard=1,
        settings=FaceSettings(**snakemake.params.faces),
        threads=snakemake.threads,
        landmark_weights=inputs.get("landmarks", ""),
    )
