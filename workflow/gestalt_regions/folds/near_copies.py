"""Copies of one photograph under several names: re-encoded, resized, cut, mirrored, recoloured, written on.

A perceptual hash of every aligned crop and of its mirror image proposes pairs, and the pixels decide
(`copy_decision`). Two frames of one burst are copies too: for a split they are one photograph.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.folds.copy_decision import compare, sized

log = logging.getLogger("gestalt_regions")

COLUMNS = ["sample_id_1", "sample_id_2", "kind", "hash_bits", "detail", "unexplained", "shift"]
GRID = 16  # cells along a side; each gives two bits: is the cell to its right, and the one below it, brighter?
BITS = 2 * GRID * GRID
WORDS = BITS // 64
MOST_BITS = 112  # of BITS that may differ in a proposed pair
NEAREST = 10  # pairs proposed for one photograph at most, and as many with the others' mirror images
AT_ONCE = 1 << 20  # distances computed at a time
ROWS = 1024  # crops hashed at a time
SAME: dict[str, object] = {"kind": "identical", "hash_bits": 0, "detail": 1.0, "unexplained": 0.0, "shift": 0.0}


class Pair(NamedTuple):
    """A proposed pair of rows, first < second; bits that differ; whether the second was mirrored."""

    first: int
    second: int
    bits: int
    mirrored: bool


def hashes(crops: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """A difference hash of each crop: which of two neighbouring cells is brighter.

    Parameters
    ----------
    crops : ndarray of uint8 [N, S, S, 3]
        Aligned crops, RGB.
    mirrored : bool
        Hash the mirror images.

    Returns
    -------
    ndarray of uint64 [N, 8]
        512 bits each.
    """
    words = np.zeros((len(crops), WORDS), np.uint64)
    for row in range(len(crops)):
        grey = cv2.cvtColor(np.asarray(crops[row]), cv2.COLOR_RGB2GRAY).astype(np.float32)
        grey = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
        cells = cv2.resize(grey, (GRID + 1, GRID + 1), interpolation=cv2.INTER_AREA)
        bits = np.concatenate([cells[:-1, 1:] > cells[:-1, :-1], cells[1:, :-1] > cells[:-1, :-1]], axis=None)
        words[row] = np.packbits(bits).view(np.uint64)
    return words


def _distances(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bits that differ, uint16 [rows, others]."""
    bits = np.zeros((len(rows), len(others)), np.uint16)
    for word in range(WORDS):
        bits += np.bitwise_count(rows[:, word, None] ^ others[None, :, word])
    return bits


def crop_digests(crops: np.ndarray) -> list[str]:
    """A digest of each aligned crop: equal for copies of one file, whatever their names.

    Parameters
    ----------
    crops : ndarray of uint8 [N, S, S, 3]
        Aligned crops.

    Returns
    -------
    list of str
        One for each crop.
    """
    return [hashlib.sha256(np.ascontiguousarray(crop)).hexdigest()[:16] for crop in crops]


def propose(plain: np.ndarray, mirror: np.ndarray) -> Iterator[list[Pair]]:
    """Pairs whose hashes are close: of all pairs, a block at a time.

    Parameters
    ----------
    plain, mirror : ndarray of uint64 [N, 8]
        `hashes` of the crops and of their mirror images.

    Yields
    ------
    list of Pair
        Those of some rows; of each row its NEAREST later rows at most.
    """
    total, start = len(plain), 0
    while start < total - 1:
        rows = max(1, min(total - 1 - start, AT_ONCE // (total - start)))
        pairs: list[Pair] = []
        for mirrored, others in ((False, plain), (True, mirror)):
            bits = _distances(plain[start : start + rows], others[start + 1 :])
            for row in range(rows):
                ahead = bits[row, row:]  # of the row itself: those after it
                near = np.flatnonzero(ahead <= MOST_BITS)
                if len(near) > NEAREST:
                    near = near[np.argsort(ahead[near], kind="stable")[:NEAREST]]
                first = start + row
                pairs.extend(Pair(first, first + 1 + int(at), int(ahead[at]), mirrored) for at in near)
        yield pairs
        start += rows


def decide(crops: np.ndarray, pairs: Sequence[Pair]) -> list[dict[str, object]]:
    """Compare the pixels of proposed pairs, the closest hashes first.

    A pair that is tied by other pairs already is not compared: copies of copies are one photograph.

    Parameters
    ----------
    crops : ndarray of uint8 [N, S, S, 3]
        Aligned crops, RGB.
    pairs : sequence of Pair
        What to compare.

    Returns
    -------
    list of dict
        first, second and the columns COLUMNS from kind on, of those that are copies.
    """
    copies: list[dict[str, object]] = []
    tied: DisjointSet[int] = DisjointSet({row for pair in pairs for row in pair[:2]})
    for pair in track(sorted(pairs, key=lambda pair: (pair.bits, pair)), len(pairs), "pairs"):
        if tied.connected(pair.first, pair.second):
            continue
        one, two = (sized(np.asarray(crops[row])) for row in pair[:2])
        result = compare(one, np.ascontiguousarray(two[:, ::-1]) if pair.mirrored else two)
        if result is not None and result.is_copy:
            tied.merge(pair.first, pair.second)
            copies.append(
                {
                    "first": pair.first,
                    "second": pair.second,
                    "kind": result.kind(pair.mirrored),
                    "hash_bits": pair.bits,
                    "detail": result.detail,
                    "unexplained": result.unexplained,
                    "shift": result.shift,
                }
            )
    return copies


def near_copies(crops: np.ndarray, sample_ids: Sequence[str]) -> pd.DataFrame:
    """Find the pairs of crops that tie all copies of one photograph.

    Parameters
    ----------
    crops : ndarray of uint8 [N, S, S, 3]
        Aligned crops, RGB.
    sample_ids : sequence of str
        Their names.

    Returns
    -------
    DataFrame
        COLUMNS, a row for each pair. A photograph with n copies has n - 1 pairs.
    """
    names = np.asarray(sample_ids, dtype=object)
    digests = pd.Series(crop_digests(crops))
    first_of = digests.groupby(digests).transform("idxmin").to_numpy(int) if len(digests) else np.zeros(0, int)
    distinct = np.unique(first_of)
    rows = [{"first": int(first_of[row]), "second": row} | SAME for row in range(len(names)) if first_of[row] != row]
    plain, mirror = np.zeros((2, len(distinct), WORDS), np.uint64)
    for start in range(0, len(distinct), ROWS):
        part = crops[distinct[start : start + ROWS]]
        plain[start : start + ROWS], mirror[start : start + ROWS] = hashes(part), hashes(part, mirrored=True)
    proposed = [
        Pair(int(distinct[pair.first]), int(distinct[pair.second]), pair.bits, pair.mirrored)
        for block in propose(plain, mirror)
        for pair in block
    ]
    rows += decide(crops, proposed)
    log.info("%d photographs, %d pairs proposed, %d are copies", len(names), len(proposed), len(rows))
    table = pd.DataFrame(rows, columns=["first", "second", *COLUMNS[2:]]).sort_values(["first", "second"])
    table["sample_id_1"], table["sample_id_2"] = (names[table[side].to_numpy(int)] for side in ("first", "second"))
    return table[COLUMNS].reset_index(drop=True)


def write_near_copies(*, crops: str | Path, index: str | Path, copies: str | Path) -> None:
    """Write near_copies.csv: the pairs that tie all usable copies of one photograph.

    Parameters
    ----------
    crops : path
        Aligned crops of one size.
    index : path
        faces/index.csv, in their order.
    copies : path
        Where the table goes, COLUMNS.
    """
    names = read_table(index, ["sample_id"], strings=["sample_id"])["sample_id"]
    write_table(near_copies(read_array(crops), list(names)), copies)


def read_near_copies(path: str | Path) -> pd.DataFrame:
    """Read near_copies.csv.

    Parameters
    ----------
    path : path
        The table.

    Returns
    -------
    DataFrame
        COLUMNS.
    """
    return read_table(path, COLUMNS, strings=["sample_id_1", "sample_id_2", "kind"])


def photographs(sample_ids: Sequence[str], copies: pd.DataFrame) -> np.ndarray:
    """The photograph that each sample shows: copies, and copies of copies, have one name.

    Parameters
    ----------
    sample_ids : sequence of str
        Samples.
    copies : DataFrame
        COLUMNS; pairs with a sample that is not among `sample_ids` are left out.

    Returns
    -------
    ndarray of str [N]
        Of each sample the first sample of its photograph.
    """
    names = np.asarray(sample_ids, dtype=object)
    place = {name: at for at, name in enumerate(names)}
    known = copies[copies["sample_id_1"].isin(place) & copies["sample_id_2"].isin(place)]
    first, second = (known[column].map(place).to_numpy(int) for column in COLUMNS[:2])
    ties = coo_array((np.ones(len(known)), (first, second)), shape=(len(names), len(names)))
    group = connected_components(ties, directed=False)[1]
    return pd.Series(names).groupby(group).transform("first").to_numpy()
