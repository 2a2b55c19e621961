"""t-SNE of the encodings and a dendrogram of disorders."""

from gestalt_regions.figures.arc_figures import draw_disorder_clusters
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    paths = (inputs.splits, list(inputs.encodings), inputs.samples, outputs.figure, outputs.points, outputs.distances)
    draw_disorder_clusters(*paths, **settings(snakemake))
