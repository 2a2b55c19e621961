"""Config evaluation.roar with what it leaves out; read while a run is planned, so nothing heavy is imported here.

The key is left out of the default config, so that what is written of a study without it stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gestalt_regions.core.errors import InputError, refuse_unknown
from gestalt_regions.evaluation.measure_registry import RANDOM
from gestalt_regions.saliency.method_registry import load_methods, methods_of_study

PRIOR = "RegionPrior"
METHODS = ["SmoothGrad", "LRP-EpsilonPlusFlat", "GradCam"]
LEFT_OUT: dict[str, object] = {  # as the schema has it (x-left-out)
    "methods": METHODS,
    "controls": [RANDOM, PRIOR, "Sobel", "CenteredGaussian"],
    "fractions": [0.1, 0.3, 0.5, 0.7],
    "sign": "absolute",
    "keep": False,
    "folds": 2,
    "repeats": 2,
    "recipe": "",
    "epochs": 4,
}


def roar_settings(config: Mapping) -> dict:
    """The settings of ROAR.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    dict
        LEFT_OUT, with what the config says in its place. Of methods that nobody named, those that the study has, or its
        first; without RegionPrior where no truth is known.

    Raises
    ------
    InputError
        For a method, control or recipe that there is not, fractions that do not rise, and more folds than there are.
    """
    given = config["evaluation"].get("roar", {})
    settings: dict[str, Any] = {**LEFT_OUT, **given}
    known, registered, where = methods_of_study(config), load_methods(), "config evaluation.roar"
    if "methods" not in given:
        settings["methods"] = [name for name in METHODS if name in known] or list(known)[:1]
    refuse_unknown(f"{where}.methods", "method", settings["methods"], known)
    cohort = config["cohort"]
    truth = cohort["kind"] == "synthetic" and cohort["counterfactuals"]["which"] != "none"
    settings["controls"] = [name for name in settings["controls"] if truth or name != PRIOR]
    if not truth and PRIOR in given.get("controls", ()):
        raise InputError(
            f"{where}.controls: {PRIOR} is made of counterfactuals, which this study has not; leave it out"
        )
    controls = [PRIOR, *(name for name, method in registered.items() if method.family == "control")]
    refuse_unknown(f"{where}.controls", "control", settings["controls"], controls)
    if settings["fractions"] != sorted(set(settings["fractions"])):
        raise InputError(f"{where}.fractions: {settings['fractions']} do not rise; write each once, the smallest first")
    refuse_unknown(f"{where}.recipe", "recipe", [settings["recipe"]] if settings["recipe"] else [], config["recipes"])
    if settings["folds"] > config["folds"]["n"]:
        raise InputError(f"{where}.folds is {settings['folds']}; the study has {config['folds']['n']} (folds.n)")
    return settings
