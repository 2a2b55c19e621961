"""The rank of each test image's true disorder, for every system and gallery (Hustinx et al. 2023, section 3.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort import gallery_lists
from gestalt_regions.cohort.gallery_lists import FREQUENT, GALLERY, RARE, TEST
from gestalt_regions.core import io
from gestalt_regions.core.progress import track
from gestalt_regions.matching.nearest import disorder_distances, exact_distance, first_places, nearest_images, ranks
from gestalt_regions.matching.systems import Encodings, System, load, systems

log = logging.getLogger("gestalt_regions")

UNIFIED = "unified"
KEYS = ["system", "tta", "gallery", "group", "repeat"]
COLUMNS = [*KEYS, "sample_id", "subject_id", "label", "rank", "disorders", "distance", "first"]
NEAREST = ["gallery", "repeat", "sample_id", "label", "place", "disorder", "neighbour", "distance"]


@dataclass(frozen=True)
class Comparison:
    """Test images against a gallery in one or two parts.

    Attributes
    ----------
    gallery, group, repeat : str
        Which gallery, of which group the test images are, and which split; "" where there is one.
    tested : DataFrame
        Rows of splits.csv.
    parts : tuple of DataFrame
        Rows of splits.csv, no disorder in both parts.
    """

    gallery: str
    group: str
    repeat: str
    tested: pd.DataFrame
    parts: tuple[pd.DataFrame, ...]


def comparisons(splits: pd.DataFrame) -> Iterator[Comparison]:
    """All comparisons: each group on its own gallery; unified: each on the frequent gallery and one rare split's.

    Parameters
    ----------
    splits : DataFrame
        splits.csv.

    Yields
    ------
    Comparison
        The frequent ones first, then split by split.
    """
    splits = splits.sort_values(["label", "sample_id"], ignore_index=True)  # no result depends on the order of a list
    cells = dict(list(splits.groupby(["group", "role", "repeat"], sort=False)))
    common = cells.get((FREQUENT, GALLERY, ""))
    if common is not None:
        yield Comparison(FREQUENT, FREQUENT, "", cells[FREQUENT, TEST, ""], (common,))
    for repeat in sorted({repeat for _, _, repeat in cells} - {""}, key=lambda text: (len(text), text)):
        tested, gallery = cells[RARE, TEST, repeat], cells[RARE, GALLERY, repeat]
        yield Comparison(RARE, RARE, repeat, tested, (gallery,))
        if common is not None:
            yield Comparison(UNIFIED, FREQUENT, repeat, cells[FREQUENT, TEST, ""], (common, gallery))
            yield Comparison(UNIFIED, RARE, repeat, tested, (common, gallery))


def _key(part: pd.DataFrame) -> tuple[str, str]:
    return tuple(part[["group", "repeat"]].iloc[0])


@dataclass(frozen=True)
class Part:
    """A part of a gallery and how far all images that meet it are from each of its disorders.

    Attributes
    ----------
    rows, classes : ndarray
        int [n]: its images among the encodings, and their disorders among the names.
    names : ndarray
        Its disorders, [C].
    met : Index
        The images that meet it.
    distances : ndarray
        float32 [met, C].
    """

    rows: np.ndarray
    classes: np.ndarray
    names: np.ndarray
    met: pd.Index
    distances: np.ndarray

    @cached_property
    def members(self) -> list[np.ndarray]:
        """The images of each disorder.

        Returns
        -------
        list of ndarray
            Of each of the names: rows of the stacks, in the order of `rows`.
        """
        order = np.argsort(self.classes, kind="stable")
        ends = np.cumsum(np.bincount(self.classes, minlength=len(self.names)))
        return np.split(self.rows[order], ends[:-1])


class Ranker:
    """Distances of one system to the parts of galleries.

    Each similarity of two images is found once, for all comparisons: the splits of the rare disorders share their
    images,
    and the unified gallery is its parts side by side.

    Parameters
    ----------
    splits : DataFrame
        splits.csv.
    encodings : Encodings
        Of all encoders.
    system : System
        What is ranked.
    k : int
        How many of a disorder's images count.
    """

    def __init__(self, splits: pd.DataFrame, encodings: Encodings, system: System, k: int) -> None:
        self.stacks, self.encodings, self.k = system.stacks(encodings), encodings, k
        self.comparisons = list(comparisons(splits))
        self.parts: dict[tuple, Part] = {}
        for group in (FREQUENT, RARE):
            self._learn(group)

    def _learn(self, group: str) -> None:
        meetings = [
            (_key(part), part, each.tested["sample_id"])
            for each in self.comparisons
            for part in each.parts
            if _key(part)[0] == group
        ]
        if not meetings:
            return
        parts = {key: part for key, part, _ in meetings}
        met = pd.Index(pd.unique(pd.concat([tested for *_, tested in meetings])))
        listed = pd.concat(parts.values())
        gallery, names = pd.Index(listed["sample_id"].unique()), np.unique(listed["label"].to_numpy(str))
        places = [gallery.get_indexer(part["sample_id"]) for part in parts.values()]
        classes = np.full((len(parts), len(gallery)), -1)
        for of_part, place, part in zip(classes, places, parts.values(), strict=True):
            of_part[place] = np.searchsorted(names, part["label"].to_numpy(str))
        rows, queries = self.encodings.row_of(gallery), self.encodings.row_of(met)
        distances = disorder_distances(self.stacks, classes, [stack[queries] for stack in self.stacks], self.k, rows)
        for key, place, of_part, near in zip(parts, places, classes, distances, strict=True):
            there, at = np.unique(of_part[place], return_inverse=True)
            self.parts[key] = Part(rows[place], at, names[there], met, near[:, there])

    def distances(self, compared: Comparison) -> tuple[np.ndarray, np.ndarray]:
        """The distances of one comparison.

        Parameters
        ----------
        compared : Comparison
            One of `comparisons`.

        Returns
        -------
        tuple of ndarray
            float32 [tested, disorders], and the disorders' names.
        """
        parts = [self.parts[_key(part)] for part in compared.parts]
        near = [part.distances[part.met.get_indexer(compared.tested["sample_id"])] for part in parts]
        return np.concatenate(near, axis=1), np.concatenate([part.names for part in parts])

    def members(self, compared: Comparison, disorder: int) -> np.ndarray:
        """The gallery images of one disorder.

        Parameters
        ----------
        compared : Comparison
            One of `comparisons`.
        disorder : int
            In the order of `distances`.

        Returns
        -------
        ndarray
            Rows of the stacks.

        Raises
        ------
        IndexError
            If there is no such disorder.
        """
        for part in (self.parts[_key(part)] for part in compared.parts):
            if disorder < len(part.names):
                return part.members[disorder]
            disorder -= len(part.names)
        raise IndexError(disorder)

    def ranks(self, compared: Comparison, distances: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """The rank of each test image's disorder.

        Parameters
        ----------
        compared : Comparison
            One of `comparisons`.
        distances : ndarray
            float32 [tested, disorders].
        truth : ndarray
            int [tested].

        Returns
        -------
        ndarray
            int [tested], 1 is best.
        """
        rows = self.encodings.row_of(compared.tested["sample_id"])

        def _exact(query: int, disorder: int) -> float:
            return exact_distance(self.stacks, self.members(compared, disorder), self.stacks, rows[query], self.k)

        return ranks(distances, truth, _exact)


def rank(splits: pd.DataFrame, encodings: Encodings, system: System, k: int) -> pd.DataFrame:
    """The rank of each test image's true disorder in each comparison, and the disorder ranked first.

    Parameters
    ----------
    splits : DataFrame
        splits.csv.
    encodings : Encodings
        Of all encoders.
    system : System
        What is ranked.
    k : int
        How many of a disorder's images count.

    Returns
    -------
    DataFrame
        COLUMNS.
    """
    ranker, tables = Ranker(splits, encodings, system, k), []
    for compared in ranker.comparisons:
        distances, names = ranker.distances(compared)
        place_of = {name: place for place, name in enumerate(names)}
        truth = np.array([place_of[label] for label in compared.tested["label"]])
        keys = (system.name, system.tta, compared.gallery, compared.group, compared.repeat)
        cell = compared.tested[["sample_id", "subject_id", "label"]].assign(**dict(zip(KEYS, keys, strict=True)))
        true_distances = distances[np.arange(len(truth)), truth]
        placed = ranker.ranks(compared, distances, truth)
        first = names[first_places(distances, 1)[:, 0]]
        tables.append(cell.assign(rank=placed, disorders=len(names), distance=true_distances, first=first))
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def neighbours(splits: pd.DataFrame, encodings: Encodings, system: System, k: int, places: int) -> pd.DataFrame:
    """The first disorders of every test image and the nearest image of each.

    In the widest gallery that the image meets, and the first split in which it is tested.

    Parameters
    ----------
    splits : DataFrame
        splits.csv.
    encodings : Encodings
        Of all encoders.
    system : System
        What is ranked.
    k : int
        How many of a disorder's images count.
    places : int
        How many disorders.

    Returns
    -------
    DataFrame
        NEAREST.
    """
    ranker, rows, done = Ranker(splits, encodings, system, k), [], set()
    image_of = {row: sample for sample, row in encodings.rows.items()}
    for compared in sorted(ranker.comparisons, key=lambda each: each.gallery != UNIFIED):
        distances, names = ranker.distances(compared)
        asked = encodings.row_of(compared.tested["sample_id"])
        new = [k for k, sample in enumerate(compared.tested["sample_id"]) if sample not in done]
        done |= set(compared.tested["sample_id"].iloc[new])
        firsts = first_places(distances, places)[new]
        near: dict[tuple[int, int], tuple[int, float]] = {}
        for disorder in np.unique(firsts):  # the vectors of one disorder are read once for all that ask for it
            at, of_place = np.nonzero(firsts == disorder)
            found = nearest_images(
                ranker.stacks, ranker.members(compared, disorder), ranker.stacks, asked[np.take(new, at)]
            )
            near |= dict(zip(zip(at.tolist(), of_place.tolist(), strict=True), found, strict=True))
        for k, image in enumerate(compared.tested.iloc[new].itertuples()):
            keys = (compared.gallery, compared.repeat, image.sample_id, image.label)
            for place, disorder in enumerate(firsts[k]):
                row, distance = near[k, place]
                rows.append((*keys, place + 1, names[disorder], image_of[row], distance))
    return pd.DataFrame(rows, columns=NEAREST)


def write_ranks(
    splits: str | Path,
    encodings: Sequence[str | Path],
    outputs: Mapping[str, str | Path],
    *,
    settings: Mapping,
    places: int,
) -> None:
    """Write ranks.csv of all systems, and nearest.csv of the ensemble (or the only encoder) with TTA.

    Parameters
    ----------
    splits : path
        splits.csv.
    encodings : sequence of path
        Of each encoder.
    outputs : mapping of str to path
        ranks (COLUMNS) and nearest (NEAREST).
    settings : mapping
        config matching: ensemble, k.
    places : int
        How many disorders nearest.csv lists of each test image.
    """
    lists, encoded, k = gallery_lists.load(splits), load(encodings), settings["k"]
    compared = systems(list(encoded.stacks), settings["ensemble"])
    ranked = [rank(lists, encoded, system, k) for system in track(compared, len(compared), "systems")]
    io.write_table(pd.concat(ranked, ignore_index=True), outputs["ranks"])
    shown = neighbours(lists, encoded, compared[-1], k, places)
    io.write_table(shown, outputs["nearest"])
