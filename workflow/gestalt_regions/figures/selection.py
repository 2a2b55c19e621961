"""What of a study a figure shows: its methods, regions and classes (config figures.<name>)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest


@dataclass(frozen=True)
class Selection:
    """Names of saliency methods, regions of the paper's set, and classes that a figure shows; empty means all.

    `key` is where the config says so, such as ``figures.figure6``, for messages.
    """

    key: str
    methods: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def _chosen(self, kind: str, known: Sequence[str]) -> list[str]:
        wanted: tuple[str, ...] = getattr(self, kind)
        for name in wanted:
            if name not in known:
                raise InputError(f"{self.key}.{kind}: no '{name}' here; {nearest(name, known)}")
        return list(wanted) or list(known)

    def methods_of(self, known: Iterable[str]) -> list[str]:
        """The methods to show, in the order of `known`.

        Parameters
        ----------
        known : iterable of str
            Methods that there are.

        Returns
        -------
        list of str
            Those of `known` that are selected; all where none is named.

        Raises
        ------
        InputError
            For a name that is not among them.
        """
        known = list(known)
        chosen = set(self._chosen("methods", known))
        return [name for name in known if name in chosen]

    def regions_of(self, known: Iterable[str]) -> list[str]:
        """The regions to show, in the order of `known`.

        Parameters
        ----------
        known : iterable of str
            Regions that there are.

        Returns
        -------
        list of str
            Those of `known` that are selected; all where none is named.

        Raises
        ------
        InputError
            For a name that is not among them.
        """
        known = list(known)
        chosen = set(self._chosen("regions", known))
        return [name for name in known if name in chosen]

    def region_colours(self, colours: Mapping[str, str]) -> dict[str, str]:
        """The colours of the regions to show: those that they have where all are shown.

        Parameters
        ----------
        colours : mapping
            Region -> colour, of every region.

        Returns
        -------
        dict
            The selected ones, in the order of `colours`.
        """
        return {region: colours[region] for region in self.regions_of(colours)}

    def faces_of(self, faces: pd.DataFrame) -> pd.DataFrame:
        """The faces to choose from.

        Parameters
        ----------
        faces : pandas.DataFrame
            One row an image, with its class in the column ``label``.

        Returns
        -------
        pandas.DataFrame
            Those of the selected classes; all where none is named.
        """
        return faces[faces["label"].isin(self.classes_of(faces["label"].unique()))]

    def classes_of(self, known: Iterable[str]) -> list[str]:
        """The classes to show, in the order in which the config names them.

        Parameters
        ----------
        known : iterable of str
            Classes that there are.

        Returns
        -------
        list of str
            The selected ones; all of `known`, in its order, where none is named.

        Raises
        ------
        InputError
            For a name that is not among them.
        """
        return self._chosen("classes", list(known))


EVERYTHING = Selection("figures")


def selection(name: str, entry: Mapping[str, Any]) -> Selection:
    """The selection of one figure.

    Parameters
    ----------
    name : str
        The figure's key, such as ``figure6``.
    entry : mapping
        Its entry in the section ``figures`` of the config.

    Returns
    -------
    Selection
        Its methods, regions and classes, as far as the figure has such keys.
    """
    lists = {kind: tuple(entry.get(kind, ())) for kind in ("methods", "regions", "classes")}
    return Selection(f"figures.{name}", **lists)


def check_figures(config: Mapping[str, Any]) -> None:
    """Check what figures are told to show against the rest of the config, before anything runs.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        For a method, fold, variant or (of a rendered cohort) class that the study does not have.
    """
    methods, variants = list(config["saliency"]["methods"]), config["statistics"]["variants"]
    cohort = config["cohort"]
    for name, entry in config["figures"].items():
        if not isinstance(entry, Mapping):
            continue
        if entry.get("fold", 1) > config["folds"]["n"]:
            raise InputError(f"figures.{name}.fold is {entry['fold']}; folds.n is {config['folds']['n']}")
        selected = selection(name, entry)
        selected.methods_of(methods)
        if cohort["kind"] == "synthetic":
            selected.classes_of(cohort["classes"])
        if "variant" in entry and entry["variant"] not in variants:
            near = nearest(entry["variant"], variants)
            raise InputError(f"figures.{name}.variant: no '{entry['variant']}' in statistics.variants; {near}")
