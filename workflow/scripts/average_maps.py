"""Maps of each syndrome by one method."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.syndrome_maps.write_syndrome_maps import write_syndrome_maps

with job(snakemake):
    inputs = dict(snakemake.input.items())
    sets = {name.removeprefix("regions_"): inputs.pop(name) for name in list(inputs) if name.startswith("regions_")}
    write_syndrome_maps(**inputs, region_sets=sets, **dict(snakemake.output.items()), **settings(snakemake))
