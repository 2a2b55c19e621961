"""What readers say of explanations, control maps and composites."""

from gestalt_regions.clinicians.reader_study.reader_ratings import write_ratings
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_ratings(
        inputs.ratings, inputs.composites, outputs.likert, outputs.attention, outputs.classes, **settings(snakemake)
    )
