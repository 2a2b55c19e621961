"""The section `gestalt` of a config: models and sides of problems that it names, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError, nearest


def check_gestalt(config: Mapping) -> None:
    """Refuse a reference that is no model, and a class on both sides of a binary problem.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what may be meant.
    """
    section, models = config["gestalt"], config["models"]
    if section["reference"] and section["reference"] not in models:
        near = nearest(section["reference"], models)
        raise InputError(f"config gestalt.reference: no model '{section['reference']}'; {near}; empty takes the first")
    for number, problem in enumerate(section["binary"]):
        if (positive := problem["positive"]) in problem.get("negative", []):
            where = f"config gestalt.binary.{number}: '{positive}' is positive and negative"
            raise InputError(f"{where}; leave one out, or leave negative out: all others")
