"""Region recovery of one method."""

from gestalt_regions.evaluation.groups.regions import write_recovery
from gestalt_regions.evaluation.scored_maps import from_job
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_recovery(
        from_job(snakemake),
        {key: inputs[key] for key in ("changes", "truth", "displacement", "faces", "sets")},
        dict(snakemake.output.items()),
        predictions=inputs.predictions,
        policies=params.policies,
        regions={key.removeprefix("regions_"): path for key, path in inputs.items() if key.startswith("regions_")},
        changed=params.changed,
    )
