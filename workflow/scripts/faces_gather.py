"""Put the shards of the faces stage together."""

from gestalt_regions.faces.face_shards import KINDS, faces_gather
from gestalt_regions.jobs.job import job

with job(snakemake):
    faces_gather(
        {kind: list(snakemake.input[kind]) for kind in KINDS},
        snakemake.input.index,
        snakemake.input.excluded,
        {kind: list(snakemake.output[kind]) for kind in KINDS},
        snakemake.output.index,
        snakemake.output.excluded,
    )
