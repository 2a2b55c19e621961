"""Curves of all training sets, with intervals and differences."""

from gestalt_regions.evaluation.imbalance.imbalance_curves import write_curves
from gestalt_regions.evaluation.imbalance.planned_sets import planned_sets
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = snakemake.input, settings(snakemake)
    sets = planned_sets(params["section"], params.pop("control"))
    write_curves(
        {name: list(inputs[name]) for name in ("values", "predictions", "photographs")},
        dict(snakemake.output.items()),
        sets=sets,
        samples=inputs.samples,
        **params,
    )
