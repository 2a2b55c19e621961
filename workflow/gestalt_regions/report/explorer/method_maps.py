"""The maps of one model: of each face a sheet with the tiles of all methods."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.core.packed_stack import MapStack, read_stack
from gestalt_regions.report.explorer.script_data import rounded
from gestalt_regions.report.explorer.sprites import Grey, greys_of_map, sheet, write_webp

COLUMNS = 8  # tiles in a row of a sheet
QUALITY = 88  # of the default study's maps a grey is off by 1.3 on average, in 99% by at most 6, at most by 15
SIDES = ((112, 5000), (56, 40000))  # pixels of a tile, and up to how many maps; beyond the last, fewer faces have maps
SIGNED, ABSOLUTE = 0, 1  # the two forms of a stored map
TEXT = ["sample_id", "target"]
DIGITS = 5


@dataclass(frozen=True)
class Place:
    """Where the map of one face by one network lies: fold, row of its stack, and the class that it explains."""

    fold: str
    row: int
    target: str
    probability: float


@dataclass
class Maps:
    """The stored maps of one method over all folds.

    Attributes
    ----------
    paths : dict
        Fold -> the file of its maps.
    places : dict
        Sample id -> where its maps lie.
    """

    paths: dict[str, Path] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    _open: dict[str, MapStack] = field(default_factory=dict)

    def values(self, place: Place) -> np.ndarray:
        """One map.

        Parameters
        ----------
        place : Place
            Where it lies.

        Returns
        -------
        ndarray of float32 [2, S, S]
            The signed and the absolute form.
        """
        if place.fold not in self._open:
            self._open[place.fold] = read_stack(self.paths[place.fold])
        return np.asarray(self._open[place.fold][place.row])

    def close(self) -> None:
        """Give the memory back that the files took; they are opened again when needed."""
        self._open.clear()


def open_maps(
    folder: Path, folds: Sequence[str], methods: Sequence[str], shown: Collection[str], stack: str = "npy"
) -> dict[str, Maps]:
    """Find the maps of every method.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    folds, methods : sequence of str
        Folds, and saliency methods with controls.
    shown : collection of str
        Sample ids of the faces that are shown; a large cohort has many others.
    stack : str
        The ending of the files of maps: npy or npz.

    Returns
    -------
    dict
        Method -> its maps.
    """
    opened = {}
    for method in methods:
        maps = Maps()
        for fold in folds:
            path = folder / f"fold-{fold}" / "saliency" / f"{method}.{stack}"
            index = read_table(path.with_suffix(".csv"), ["row", *TEXT, "probability"], strings=TEXT)
            maps.paths[fold], index = path, index[index["sample_id"].isin(shown)]
            for row, sample, target, share in index[["row", *TEXT, "probability"]].itertuples(index=False):
                maps.places[sample].append(Place(fold, int(row), target, float(share)))
        opened[method] = maps
    return opened


def agreed(places: Sequence[Place]) -> list[Place]:
    """The networks whose maps of a face are averaged: those that explain one class.

    Parameters
    ----------
    places : sequence of Place
        Of one face and one method; at least one.

    Returns
    -------
    list of Place
        Those of the class that most of them explain; of equals, the one with the highest probabilities together.
    """
    votes = Counter(place.target for place in places)
    weight = {target: sum(place.probability for place in places if place.target == target) for target in votes}
    best = max(votes, key=lambda target: (votes[target], weight[target], target))
    return [place for place in places if place.target == best]


def face_map(maps: Maps, sample: str) -> tuple[np.ndarray, list[Place]]:
    """The map of one face: of several networks, the mean of their maps.

    Parameters
    ----------
    maps : Maps
        Of one method.
    sample : str
        A sample id that it explains.

    Returns
    -------
    values : ndarray of float [2, S, S]
        The signed and the absolute form.
    used : list of Place
        The networks it comes from, as in `agreed`.
    """
    used = agreed(maps.places[sample])
    return np.stack([maps.values(place) for place in used]).mean(axis=0, dtype=np.float64), used


def choose_side(faces: int, methods: int) -> int:
    """The side of the tiles: so small that all maps together stay small.

    Parameters
    ----------
    faces, methods : int
        How many.

    Returns
    -------
    int
        Pixels.
    """
    return next((side for side, most in SIDES if faces * methods <= most), SIDES[-1][0])


def with_maps(labels: pd.Series, methods: int) -> list[int]:
    """The faces whose maps are shown.

    Parameters
    ----------
    labels : pandas.Series
        Class of each explained face, by the number of the face.
    methods : int
        Number of methods.

    Returns
    -------
    list of int
        Numbers of faces; all of them where they fit, else evenly from every class.
    """
    most = max(1, SIDES[-1][1] // max(1, methods))
    if len(labels) <= most:
        return [int(number) for number in labels.index]
    turn = labels.groupby(labels).cumcount()
    return sorted(int(number) for number in turn.sort_values(kind="stable").index[:most])


class Sheets:
    """Writes the sheets of one model, and keeps what the page must know of them.

    Parameters
    ----------
    data : Path
        The folder of the model's data in the site.
    maps : dict
        Method -> maps.
    side : int
        Of the tiles, pixels.
    classes : sequence of str
        In the order in which the page counts them.

    Attributes
    ----------
    largest : dict
        Method -> largest 99th percentile of its signed and of its absolute maps, over the faces so far.
    """

    def __init__(self, data: Path, maps: dict[str, Maps], side: int, classes: Sequence[str]) -> None:
        self.data, self.maps, self.side, self.classes = data, maps, side, list(classes)
        self.largest = {method: [0.0, 0.0] for method in maps}

    def write(self, number: int, sample: str) -> list[list[object] | None]:
        """Write the sheet of one face.

        Parameters
        ----------
        number : int
            Of the face.
        sample : str
            Its sample id.

        Returns
        -------
        list
            Of each method: number of the class it explains, networks averaged, networks that explain the face; places
            of the signed tile and of the magnitude's in the sheet (-1: none), their largest values, and the values of
            their 99th percentiles. None without a map.
        """
        tiles: list[np.ndarray] = []
        told: list[list[object] | None] = []
        for method, maps in self.maps.items():
            if sample not in maps.places:
                told.append(None)
                continue
            values, used = face_map(maps, sample)
            signed, magnitude = greys_of_map(values[SIGNED], values[ABSOLUTE], self.side)
            either = [grey for grey in (signed or magnitude, magnitude or signed) if grey]
            highs = [grey.high for grey in either]
            self.largest[method] = [max(pair) for pair in zip(self.largest[method], highs, strict=True)]
            places = [self._placed(tiles, grey) for grey in (signed, magnitude)]
            target = self.classes.index(used[0].target)
            networks = [len(used), len(maps.places[sample])]
            numbers = [*(grey.scale for grey in either), *highs]
            told.append([target, *networks, *places, *(rounded(value, DIGITS) for value in numbers)])
        if tiles:
            write_webp(sheet(tiles, COLUMNS), self.data / "maps" / f"{number}.webp", QUALITY)
        return told

    @staticmethod
    def _placed(tiles: list[np.ndarray], grey: Grey | None) -> int:
        """Put a tile at the end of the sheet and say where that is."""
        if grey is None:
            return -1
        tiles.append(grey.tile)
        return len(tiles) - 1
