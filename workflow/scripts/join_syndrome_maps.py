"""The tables of the maps of each syndrome, of all methods."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.syndrome_maps.joined_tables import join_methods

with job(snakemake):
    for name, path in snakemake.output.items():
        join_methods(snakemake.input[name], snakemake.params.methods, path)
