"""The section `cohort.controls` of a config: who may take controls, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.detector_registry import GIVEN


def check_controls(config: Mapping) -> None:
    """Refuse controls of a rendered cohort, without a control class, or where faces or folds are given in a table.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what to do.
    """
    section = config["cohort"].get("controls")
    if not section:
        return
    where = "config cohort.controls"
    if config["cohort"]["kind"] == "synthetic":
        raise InputError(f"{where}: controls are added to photographs of patients; cohort.kind is synthetic")
    if not section.get("images"):
        raise InputError(f"{where}.images is empty; give the folder that UTKFace was unpacked to")
    if not config["statistics"]["control"]:
        raise InputError(f"{where}: statistics.control is empty; name the class that the controls are of: Unaffected")
    for key, given in (("faces.detector", GIVEN), ("folds.source", "given")):
        section_name, name = key.split(".")
        if config[section_name][name] == given:
            raise InputError(f"{where}: {key} is given, but the controls are in no table of yours; choose another")
