"""What experts learn first (config identities): looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.backbones import IDENTITIES


def check_identities(config: Mapping) -> None:
    """Refuse identity data that cannot be read, made or learnt from.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what is expected.
    """
    section = config["identities"]
    for key, value, known in (
        ("setting", section["setting"], section["settings"]),
        ("curve.recipe", section["curve"]["recipe"], config["recipes"]),
    ):
        if value not in known:
            kind = "setting" if key == "setting" else "recipe"
            raise InputError(f"config identities.{key}: no {kind} '{value}'; {nearest(value, known)}")
    for name, each in section["settings"].items():
        if not each["adam_epochs"] + each["sgd_epochs"]:
            raise InputError(f"config identities.settings.{name}: adam_epochs and sgd_epochs are 0; one must be more")
    if section["curve"]["folds"] > config["folds"]["n"]:
        raise InputError(
            f"config identities.curve.folds is {section['curve']['folds']}; folds.n is {config['folds']['n']}"
        )
    if section["kind"] == "simulated":
        _check_simulated(config)
    elif not Path(section["path"] or "?").is_dir():
        what = "train.rec and train.idx" if section["kind"] == "rec" else "a folder for each person"
        raise InputError(f"config identities.path: '{section['path']}' is no folder; name the one with {what}")


def _check_simulated(config: Mapping) -> None:
    """Simulated people need a simulated cohort, whose head and photographs they share, and enough of them."""
    section = config["identities"]
    people, most = section["people"], max(section["curve"]["people"])
    if section["path"]:
        raise InputError(
            f"config identities.path: '{section['path']}' has no effect while identities.kind is simulated"
        )
    if people < 2:
        raise InputError(f"config identities.people is {people}; of simulated people there must be two or more")
    if most > people:
        raise InputError(f"config identities.curve.people: {most} are more than identities.people ({people})")
    if config["cohort"]["kind"] == "synthetic":
        return
    for name, model in config["models"].items():
        if model["options"].get("weights") == IDENTITIES:
            raise InputError(
                f"config models.{name}.options.weights: identities are simulated people, and this cohort is real; "
                f"set identities.kind to folder or rec, and identities.path"
            )
