"""What cases need of one fold's network, made once."""

from gestalt_regions.cases.fold_gallery import make_fold_gallery
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = dict(snakemake.input.items())
    maps, indices = inputs.pop("maps"), inputs.pop("indices")
    make_fold_gallery(
        {"asset": "", **inputs},
        [maps] if isinstance(maps, str) else maps,
        [indices] if isinstance(indices, str) else indices,
        dict(snakemake.output.items()),
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
