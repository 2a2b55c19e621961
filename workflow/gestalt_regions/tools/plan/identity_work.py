"""The work of identity pretraining (config identities), counted from the config where its people are simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gestalt_regions.models.backbones import IDENTITIES
from gestalt_regions.study.sizes import Size
from gestalt_regions.tools.plan.units import Work


def learnt_parts(config: Mapping) -> list[str]:
    """List the parts of the face whose experts learn people first.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    list of str
        Each once.
    """
    options = [model["options"] for model in config["models"].values()]
    return list(dict.fromkeys(o.get("part", "full_face") for o in options if o.get("weights") == IDENTITIES))


def photographs_of_people(config: Mapping) -> int:
    """Count the photographs of simulated people.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    int
        0 where no expert learns people, or where their photographs are given.
    """
    wanted = config["identities"]
    simulated = wanted["kind"] == "simulated" and bool(learnt_parts(config))
    return wanted["people"] * wanted["photographs"] if simulated else 0


def setting(config: Mapping) -> Mapping:
    """Look up how people are learnt.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    mapping
        The entry of identities.settings.
    """
    chosen: Mapping = config["identities"]["settings"][config["identities"]["setting"]]
    return chosen


def learning(config: Mapping, size: Size) -> Iterator[Work]:
    """Count the faces that the experts see.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class; people are not among them.

    Yields
    ------
    Work
        Faces times epochs.
    """
    if photographs := photographs_of_people(config):
        parts, way = len(learnt_parts(config)), setting(config)
        seen = photographs * (1 - way["heldout"]) * (way["adam_epochs"] + way["sgd_epochs"])
        yield Work(f"deepgestalt, {way['precision']}", parts, parts * seen)
