"""Sheet of the pictures that a method stored, beside the photographs."""

from gestalt_regions.figures.counterfactual_sheet import RenderedReverts, draw_counterfactual_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    figure = params.pop("figure")
    truth = [inputs.pop(key) for key in ("twins", "truth", "drops") if key in inputs]
    rendered = RenderedReverts(*truth) if truth else None
    draw_counterfactual_sheet(**inputs, output=snakemake.output.figure, rendered=rendered, **figure, **params)
