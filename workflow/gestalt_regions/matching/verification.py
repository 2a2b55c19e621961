"""One person or two? Face verification as on LFW (Huang et al., 2007; Hustinx et al. 2023, section 3.2).

The first of eleven folds of pairs sets the threshold of the distance, the others are judged by it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.text_files import read_text
from gestalt_regions.folds.united_groups import united_groups
from gestalt_regions.matching.nearest import vectors
from gestalt_regions.matching.systems import Encodings, System, load, systems
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import mean_interval, sd_defined

log = logging.getLogger("gestalt_regions")

VERIFICATION_FOLDS = 11  # of pairs, as on LFW: view 1 and the ten sets of view 2
PAIRS = ["fold", "first", "second", "same"]


def read_lfw(path: str | Path) -> list[pd.DataFrame]:
    """The sets of LFW's pairs.txt (view 2, ten sets) or pairsDevTrain.txt (view 1, one).

    The first line has the numbers of sets and of pairs (`10<tab>300`), or of pairs alone (`1100`); then each set has so
    many lines `name i j` of one person and so many `name i other j` of two. Image i of a name is the sample name_000i.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    list of DataFrame
        Of each set: first, second, same.

    Raises
    ------
    InputError
        With the line that is wrong.
    """
    lines = [line.split() for line in read_text(path).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    head = lines[0] if lines else []
    if len(head) not in (1, 2) or not all(text.isdecimal() for text in head):
        raise InputError(f"{path}: line 1 must hold the numbers of sets and of pairs, or of pairs alone")
    sets, size = (int(text) for text in (["1", *head] if len(head) == 1 else head))
    if len(lines) - 1 != sets * 2 * size:
        raise InputError(f"{path}: {len(lines) - 1} pairs; line 1 announces {sets} x 2 x {size}")
    pairs = []
    for number, words in enumerate(lines[1:], start=2):
        same = (number - 2) % (2 * size) < size
        if len(words) != (3 if same else 4) or not all(words[k].isdecimal() for k in ((1, 2) if same else (1, 3))):
            kind = "one person: name i j" if same else "two people: name i name j"
            raise InputError(f"{path}: line {number} must be a pair of {kind}")
        one, other = (words[0], words[1]), (words[0], words[2]) if same else (words[2], words[3])
        pairs.append((f"{one[0]}_{int(one[1]):04d}", f"{other[0]}_{int(other[1]):04d}", same))
    table = pd.DataFrame(pairs, columns=PAIRS[1:])
    return [part.reset_index(drop=True) for _, part in table.groupby(np.arange(len(table)) // (2 * size))]


def lfw_pairs(pairs: str | Path, threshold: str | Path) -> pd.DataFrame:
    """The pairs of LFW.

    Parameters
    ----------
    pairs : path
        pairs.txt.
    threshold : path
        View 1, which becomes fold 1; "" to take the first set of `pairs` for it.

    Returns
    -------
    DataFrame
        PAIRS.

    Raises
    ------
    InputError
        If there is one set only.
    """
    sets = ([pd.concat(read_lfw(threshold))] if threshold else []) + read_lfw(pairs)
    if len(sets) < 2:
        raise InputError(f"{pairs}: one set only; name view 1 (pairsDevTrain.txt) as matching.verification.threshold")
    return pd.concat([part.assign(fold=fold) for fold, part in enumerate(sets, start=1)], ignore_index=True)[PAIRS]


def _pair_at(place: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The pairs i < j of `count` items at some places of the list of all pairs, as `numpy.triu_indices` has them."""
    row = np.arange(count)
    first = row * (2 * count - row - 1) // 2  # place of the pair (i, i + 1)
    i = np.searchsorted(first[:-1], place, side="right") - 1
    return i, place - first[i] + i + 1


def _places_of_same(subjects: np.ndarray) -> np.ndarray:
    """Where the pairs of one person stand in the list of all pairs, which a large cohort has no memory for."""
    _, of, sizes = np.unique(subjects, return_inverse=True, return_counts=True)
    order, ends = np.argsort(of, kind="stable"), np.cumsum(sizes)
    places = [np.zeros(0, int)]
    for size in np.unique(sizes[sizes > 1]):
        rows = order[(ends[sizes == size] - size)[:, None] + np.arange(size)]
        i, j = (rows[:, side] for side in np.triu_indices(size, 1))
        places.append((i * (2 * len(subjects) - i - 1) // 2 + j - i - 1).ravel())
    return np.sort(np.concatenate(places))


def cohort_pairs(samples: pd.DataFrame, per_fold: int, seed: int) -> pd.DataFrame:
    """Pairs of a cohort's images, half of one person, half of two.

    A fold has as many pairs of two of its people (relatives among them) as of one.

    Parameters
    ----------
    samples : DataFrame
        sample_id, subject_id, kin_group.
    per_fold : int
        Most pairs of either kind in a fold.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        PAIRS in VERIFICATION_FOLDS folds of families; empty where fewer families have two images of a person.
    """
    samples = samples.sort_values("sample_id", ignore_index=True)
    samples = samples.assign(unit=united_groups(samples["subject_id"], samples["kin_group"]))
    images = samples.groupby("subject_id")["sample_id"].transform("size")
    units = samples.loc[images > 1, "unit"].unique()
    if len(units) < VERIFICATION_FOLDS:
        return pd.DataFrame(columns=PAIRS)
    rng = seeds.generator(seed, "matching", "verification")
    fold_of = {unit: place % VERIFICATION_FOLDS + 1 for place, unit in enumerate(rng.permutation(units))}
    parts = []
    for fold in range(1, VERIFICATION_FOLDS + 1):
        cell = samples[samples["unit"].map(fold_of) == fold].reset_index(drop=True)
        subjects, names = cell["subject_id"].to_numpy(str), cell["sample_id"].to_numpy()
        same = _places_of_same(subjects)
        others = len(cell) * (len(cell) - 1) // 2 - len(same)
        size = min(per_fold, len(same), others)
        for kind, count in ((True, len(same)), (False, others)):
            drawn = np.sort(rng.choice(count, size, replace=False))
            # pair number k of two people stands behind so many pairs of one
            place = same[drawn] if kind else drawn + np.searchsorted(same - np.arange(len(same)), drawn, side="right")
            i, j = _pair_at(place, len(cell))
            parts.append(pd.DataFrame({"fold": fold, "first": names[i], "second": names[j], "same": kind}))
    return pd.concat(parts, ignore_index=True)


def pair_distances(encodings: Encodings, system: System, pairs: pd.DataFrame) -> np.ndarray:
    """Mean cosine distance of the two images of each pair over the system's encoders and views.

    Parameters
    ----------
    encodings : Encodings
        Of all encoders.
    system : System
        What is judged.
    pairs : DataFrame
        PAIRS, n rows.

    Returns
    -------
    ndarray
        float64 [n].
    """
    one, other = (encodings.row_of(pairs[side]) for side in ("first", "second"))
    stacks = system.stacks(encodings)
    total = np.zeros(len(pairs))
    for start in range(0, len(pairs), 4096):
        block = slice(start, start + 4096)
        for stack in stacks:
            total[block] += np.einsum("nvd,nvd->n", stack[one[block]], stack[other[block]], dtype=np.float64)
    return 1 - total / vectors(stacks)


def threshold(distances: np.ndarray, same: np.ndarray) -> float:
    """The distance, at or below which two faces are called one person, with the most pairs right; the least of equals.

    Candidates lie midway between neighbouring distances, so none depends on one pair's last digit.

    Parameters
    ----------
    distances : ndarray
        [n].
    same : ndarray
        Whether each pair is of one person, bool [n].

    Returns
    -------
    float
        The distance.
    """
    order = np.sort(np.unique(distances))
    candidates = np.r_[order[0] - 1e-3, (order[1:] + order[:-1]) / 2, order[-1] + 1e-3]
    right = [((distances <= candidate) == same).sum() for candidate in candidates]
    return float(candidates[int(np.argmax(right))])


def verify(distances: np.ndarray, pairs: pd.DataFrame, bootstrap: Mapping, seed: int) -> dict:
    """Accuracy on the folds after the first.

    Parameters
    ----------
    distances : ndarray
        [n].
    pairs : DataFrame
        PAIRS, n rows.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level.
    seed : int
        Seed of the study.

    Returns
    -------
    dict
        threshold, accuracy (mean over folds), sd (sample), low and high (Student's interval over these folds), level,
        folds, pairs, threshold_pairs.
    """
    fold, same = pairs["fold"].to_numpy(), pairs["same"].to_numpy(bool)
    limit = threshold(distances[fold == 1], same[fold == 1])
    right = (distances <= limit) == same
    judged = np.array([right[fold == each].mean() for each in np.unique(fold[fold > 1])])
    low, high = np.clip(mean_interval(judged, bootstrap["level"]), 0, 1)  # a share
    return {
        "threshold": limit,
        "accuracy": float(judged.mean()),
        "sd": sd_defined(judged),
        "low": low,
        "high": high,
        "level": bootstrap["level"],
        "folds": len(judged),
        "pairs": int((fold > 1).sum()),
        "threshold_pairs": int((fold == 1).sum()),
    }


def _known(pairs: pd.DataFrame, encodings: Encodings, path: str | Path) -> pd.DataFrame:
    """Pairs whose two images have encodings; the others are counted in the log. InputError for a set without any."""
    known = pairs["first"].isin(encodings.rows) & pairs["second"].isin(encodings.rows)
    for fold, cell in known.groupby(pairs["fold"]):
        if not cell.any():
            lost = pairs.loc[pairs["fold"] == fold, "first"].iloc[0]
            raise InputError(
                f"{path}: no pair of set {fold} has encodings, as '{lost}'; {nearest(lost, encodings.rows)}"
            )
    if not known.all():
        log.warning("%s: %d of %d pairs have an image without a usable face", path, (~known).sum(), len(known))
    return pairs[known].reset_index(drop=True)


def write_verification(
    samples: str | Path,
    encodings: Sequence[str | Path],
    outputs: Mapping[str, str | Path],
    *,
    settings: Mapping,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write pairs.csv (what was compared) and verification.csv, a row for each system; `note` says why one is empty.

    Parameters
    ----------
    samples : path
        samples.csv.
    encodings : sequence of path
        Of each encoder.
    outputs : mapping of str to path
        pairs (PAIRS) and table.
    settings : mapping
        config matching: ensemble, verification.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level.
    seed : int
        Seed of the study.
    """
    encoded, cohort = load(encodings), read.load_samples(samples)
    asked = settings["verification"]
    if asked["pairs"]:
        source = "LFW"
        pairs = _known(lfw_pairs(asked["pairs"], asked["threshold"]), encoded, asked["pairs"])
    else:
        source = "cohort"
        pairs = cohort_pairs(cohort[cohort["sample_id"].isin(encoded.rows)], asked["per_fold"], seed)
    lacking = f"fewer than {VERIFICATION_FOLDS} families with two images of a person"
    rows = []
    for system in systems(list(encoded.stacks), settings["ensemble"]):
        row = {"system": system.name, "tta": system.tta, "source": source}
        if len(pairs):
            rows.append(row | verify(pair_distances(encoded, system, pairs), pairs, bootstrap, seed) | {"note": ""})
        else:
            rows.append(row | {"accuracy": np.nan, "note": lacking})
    io.write_table(pairs, outputs["pairs"])
    table = pd.DataFrame(rows).assign(simulated=bool(read.simulated_phrase(cohort)))
    io.write_table(table, outputs["table"])
