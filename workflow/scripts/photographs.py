"""List the photographs of each shard of the faces by their content, for the first time.

It takes the config as it is, not as params: what changes later is seen whenever a run is planned.
"""

from pathlib import Path

from gestalt_regions.cohort.matched_controls import controls_settings
from gestalt_regions.faces.photograph_lists import photographs
from gestalt_regions.jobs.job import job

with job(snakemake):
    config = snakemake.config
    photographs(
        cohort=config["cohort"],
        faces=config["faces"],
        folder=Path(snakemake.output.paths).parent,
        controls=controls_settings(config),
    )
