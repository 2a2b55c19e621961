"""The kit of a reader study, and its design."""

from gestalt_regions.clinicians.reader_study.write_kit import write_kit
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, given = snakemake.input, settings(snakemake)
    names = ("crops", "index", "samples", "landmarks")
    folds = len(inputs.predictions)
    stacks = [inputs.maps[start : start + folds] for start in range(0, len(inputs.maps), folds)]
    write_kit(
        {name: str(inputs[name]) for name in names if name in inputs.keys()},
        list(inputs.predictions),
        dict(zip(given["methods"], stacks, strict=True)),
        dict(zip(given["page"], inputs.page, strict=True)),
        dict(zip(given["settings"]["languages"], inputs.texts, strict=True)),
        kit=snakemake.output.kit,
        design=snakemake.output.design,
        settings=given["settings"],
        seed=given["seed"],
    )
