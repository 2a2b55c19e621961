"""The registry of face detectors: a decorated class in a module of `faces/detectors` each.

The decorators are read, not run (core.declared), so that the DAG is built without OpenCV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gestalt_regions.core.declared import LAST, declared

GIVEN = "given"  # no detector: box and landmarks are columns of samples.csv
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class RegisteredDetector:
    """Where a detector's class is, and what the workflow must know of it."""

    name: str
    module: str
    object: str  # the class's name in that module
    paper: str
    licence: str
    asset: str = ""  # the entry of resources/assets.yaml with its weights; "" if it needs none

    @property
    def root(self) -> str:
        """Its code as a root of jobs.code_digest.

        Returns
        -------
        str
            `module:name`.
        """
        return f"{self.module}:{self.object}"


def detector(name: str, *, paper: str, licence: str, asset: str = "", place: int = LAST) -> Callable[[Kind], Kind]:
    """Make a subclass of faces.detect.Detector the detector `name` (config faces.detector).

    Parameters
    ----------
    name : str
        What a config calls it.
    paper, licence, asset : str
        Fields of RegisteredDetector, as literals.
    place : int
        Where it stands in lists; without it: last.

    Returns
    -------
    Callable
        Gives the class back as it is: what is said here is read, not run.
    """
    return lambda kind: kind


def _registered() -> dict[str, RegisteredDetector]:
    detectors = {}
    for name, entry in declared("faces/detectors", "detector").items():
        facts = {key: value for key, value in entry.facts.items() if key != "place"}
        try:
            detectors[name] = RegisteredDetector(name, entry.module, entry.object, **facts)
        except TypeError as error:
            raise ValueError(f"{entry.where}: {error}") from None
    return detectors


DETECTORS = _registered()


def weights(name: str) -> str:
    """Path of the weights of a detector.

    Parameters
    ----------
    name : str
        The config's name of the detector, or GIVEN.

    Returns
    -------
    str
        Below results/assets; "" where it needs none.
    """
    asset = "" if name == GIVEN else DETECTORS[name].asset
    return f"results/assets/{asset}" if asset else ""
