"""One saliency method over the images of every fold's model."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.saliency.engine import explain_fold

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, settings(snakemake)
    shared = {"asset": "", **{key: path for key, path in inputs.items() if key not in ("checkpoints", "trained")}}
    for k, fold in enumerate(params.pop("folds")):
        of_fold = {"checkpoint": inputs.checkpoints[k], "trained": inputs.trained[k] if inputs.get("trained") else ""}
        explain_fold(
            shared | of_fold,
            {"maps": outputs.maps[k], "index": outputs.index[k]},
            name=snakemake.wildcards.method,
            fold=fold,
            **params,
        )
