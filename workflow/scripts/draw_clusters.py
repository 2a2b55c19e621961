"""t-SNE of the encodings and a dendrogram of disorders."""

from gestalt_regions.figures.arc_figures import draw_disorder_clusters
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    draw_disorder_clusters(
        splits_path=inputs.splits,
        encoding_paths=list(inputs.encodings),
        samples_path=inputs.samples,
        figure_path=outputs.figure,
        points_path=outputs.points,
        distances_path=outputs.distances,
        **settings(snakemake),
    )
