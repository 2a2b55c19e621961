"""The section `case` of a config: methods and classes that it names, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError, nearest, refuse_unknown
from gestalt_regions.saliency.method_registry import load_methods, methods_of_study


def check_case(config: Mapping) -> None:
    """Refuse methods that nobody has, and classes that a simulated cohort lacks.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what may be meant.
    """
    case, known = config["case"], {**load_methods(), **methods_of_study(config)}
    refuse_unknown("config case.methods", "method", case["methods"], known)
    if config["cohort"]["kind"] != "synthetic":
        return  # the networks say which classes there are
    classes = config["cohort"]["classes"]
    for key, names in (("classes", case["classes"]), ("against", [case["against"]] if case["against"] else [])):
        for name in names:
            if name not in classes:
                raise InputError(f"config case.{key}: the cohort has no class '{name}'; {nearest(name, classes)}")
