"""What cases need of the fold networks, made once."""

from gestalt_regions.cases.fold_gallery import make_gallery
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    make_gallery(
        {"asset": "", **dict(snakemake.input.items())},
        {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.output.items()},
        **settings(snakemake),
    )
