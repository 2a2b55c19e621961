"""The section `syndrome_maps` of a config: methods and the policy that it names, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import refuse_unknown
from gestalt_regions.saliency.method_registry import load_methods, methods_of_study


def check_syndrome_maps(config: Mapping) -> None:
    """Refuse methods that nobody has, and a policy that the study lacks.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what may be meant.
    """
    section, known = config["syndrome_maps"], {**load_methods(), **methods_of_study(config)}
    refuse_unknown("config syndrome_maps.methods", "method", section["methods"], known)
    refuse_unknown("config syndrome_maps.policy", "policy", [section["policy"]], config["coefficients"]["policies"])
