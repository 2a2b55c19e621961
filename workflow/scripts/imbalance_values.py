"""What is measured of the maps of one training set, face by face."""

from gestalt_regions.evaluation.imbalance.set_values import write_face_values
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    runs = params.pop("runs")
    whole = [{name: inputs.pop(f"{name}_{run}", "") for name in ("maps", "indices", "use")} for run in runs]
    write_face_values(inputs, snakemake.output.values, whole=whole, **params)
