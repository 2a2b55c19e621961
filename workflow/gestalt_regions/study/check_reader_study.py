"""The section `reader_study` of a config: what it names elsewhere, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.evaluation import evaluation_config
from gestalt_regions.saliency.method_registry import explained_models, methods_of_study, resolve


def check_reader_study(config: Mapping) -> None:
    """Refuse a model, explanations and controls that the study does not have.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what may be meant.
    """
    if (section := config.get("reader_study")) is None:
        return
    models, methods = explained_models(config), methods_of_study(config)
    if not config["statistics"]["control"]:
        raise InputError("config reader_study: without a control class (statistics.control) no network is trained")
    if section["model"] and section["model"] not in models:
        near = nearest(section["model"], models)
        raise InputError(f"config reader_study.model: no model '{section['model']}' that is explained; {near}")
    controls = [*evaluation_config.controls(config)]
    controls += [name for name, settings in methods.items() if resolve(name, settings)[0].family == "control"]
    explaining = [name for name in methods if name not in controls]
    for key, kind, known, where in (
        ("explanations", "method", explaining, "saliency.methods and saliency.further_methods"),
        ("controls", "control", controls, "evaluation.controls"),
    ):
        for name in section[key]:
            if name not in known:
                raise InputError(f"config reader_study.{key}: no {kind} '{name}' in {where}; {nearest(name, known)}")
    if section["control_faces"] > section["faces"]:
        raise InputError(
            f"config reader_study.control_faces is {section['control_faces']}, above reader_study.faces"
            f" ({section['faces']})"
        )
    if section["control_faces"] and not section["controls"]:
        raise InputError("config reader_study.controls is empty; name one, or set reader_study.control_faces to 0")
