"""A short report of a run, for `snakemake --logger stages`: stages done, jobs done, about how much time is left.

Snakemake finds it by its name. It imports nothing of gestalt_regions: the version of that which a Snakefile brings is
imported later. The Snakefile says which rule is of which stage (`planned`).
"""

from snakemake_logger_plugin_stages.handler import LogHandler
from snakemake_logger_plugin_stages.run_state import PLAN, planned

__all__ = ["PLAN", "LogHandler", "planned"]
