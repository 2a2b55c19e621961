"""What the fold networks of one model say of the faces of further test sets."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.models.test_set_answers import answer_test_sets

with job(snakemake):
    inputs = snakemake.input
    answer_test_sets(
        checkpoints=list(inputs.checkpoints),
        asset=inputs.get("asset", ""),
        faces=[inputs.faces] if isinstance(inputs.faces, str) else list(inputs.faces),
        indexes=[inputs.indexes] if isinstance(inputs.indexes, str) else list(inputs.indexes),
        answers=snakemake.output.answers,
        **settings(snakemake),
    )
