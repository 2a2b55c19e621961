"""What the fold networks answer to a new face, how far that can be trusted, and which classes are explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import softmax

from gestalt_regions.cases.fold_gallery import distances_to
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.models.calibration import (
    Answers,
    CrossConformal,
    calibration_error,
    coverage,
    one_of_each_family,
    temperatures,
)

ASKED = 3  # classes that are explained at most where config case.classes names none
PROBABILITIES = ["fold", "class", "logit", "uncalibrated", "probability"]
CLASSES = ["rank", "class", "probability", "low", "high", "p_value", "in_set"]
CALIBRATION = ["fold", "temperature", "n", "ece_before", "ece_after", "coverage", "coverage_low", "coverage_high"]
CALIBRATION += ["set_size"]


@dataclass(frozen=True)
class FoldGallery:
    """What cases/fold_gallery.py made of one fold.

    Attributes
    ----------
    embeddings : ndarray of float32 [N, d]
        Of all faces of the study, of length one.
    logits : ndarray of float32 [N, classes]
        The fold's network.
    distances : ndarray [N]
        To the k-th nearest training face; NaN for training faces.
    """

    embeddings: np.ndarray
    logits: np.ndarray
    distances: np.ndarray


def read_gallery(path: str) -> FoldGallery:
    """Read what was made of one fold.

    Parameters
    ----------
    path : path
        The .npz.

    Returns
    -------
    FoldGallery
        Its arrays.
    """
    with np.load(path, allow_pickle=False) as stored:
        return FoldGallery(stored["embeddings"], stored["logits"], stored["distances"])


@dataclass(frozen=True)
class Calibrated:
    """The study's networks as their out-of-fold answers say how far they can be trusted.

    Attributes
    ----------
    heat : dict of str to float
        Temperature of each fold's network.
    conformal : CrossConformal
        What gives p values.
    table : DataFrame
        CALIBRATION: a line a fold, one of all folds (coverage by cross-fitting: each family against the people of the
        other folds), and one of the held-out people (coverage of the very set that a new face gets).
    """

    heat: dict[str, float]
    conformal: CrossConformal
    table: pd.DataFrame


def calibrated(
    faces: pd.DataFrame, galleries: Mapping[str, FoldGallery], classes: Sequence[str], level: float, seed: int
) -> Calibrated:
    """Calibrate the fold networks.

    Parameters
    ----------
    faces : DataFrame
        sample_id, label, kin_group, fold of each row of the stacks.
    galleries : mapping of str to FoldGallery
        By fold.
    classes : sequence of str
        In the order of the logits.
    level : float
        Of the conformal set.
    seed : int
        The study's.

    Returns
    -------
    Calibrated
        Temperatures, p values, and the table of both.
    """
    known = faces["label"].isin(classes).to_numpy()
    inside = known & faces["fold"].isin(list(galleries)).to_numpy()
    logits = np.zeros((len(faces), len(classes)))
    for fold, gallery in galleries.items():
        logits[faces["fold"] == fold] = gallery.logits[faces["fold"] == fold]
    answers = Answers(faces, logits, classes).part(inside)
    heat = temperatures(answers)
    conformal = CrossConformal(answers, heat, seed)
    warm = np.array([heat[fold] for fold in answers.table["fold"]])[:, None]
    before, after, numbers = softmax(answers.logits, axis=1), softmax(answers.logits / warm, axis=1), answers.numbers
    lines: list[dict[str, object]] = []
    for fold, value in heat.items():
        of_fold = (answers.table["fold"] == fold).to_numpy()
        errors = [calibration_error(p[of_fold], numbers[of_fold]) for p in (before, after)]
        lines.append(dict(zip(CALIBRATION, [fold, value, int(of_fold.sum()), *errors], strict=False)))
    errors = [calibration_error(p, numbers) for p in (before, after)]
    measured = coverage(conformal.out_of_fold(), conformal.numbers, level)
    lines.append({"fold": "all", "ece_before": errors[0], "ece_after": errors[1]} | measured)
    heldout: dict[str, object] = {"fold": HELDOUT}
    lines.append(heldout | _heldout(faces, galleries, conformal, level, seed))
    return Calibrated(heat, conformal, pd.DataFrame(lines, columns=CALIBRATION))


def _heldout(
    faces: pd.DataFrame, galleries: Mapping[str, FoldGallery], conformal: CrossConformal, level: float, seed: int
) -> dict[str, object]:
    """Errors and coverage for held-out people without kin in the folds, who are as new as a new face is."""
    held = (faces["fold"] == HELDOUT) & faces["label"].isin(conformal.classes)
    held &= ~faces["kin_group"].isin(faces.loc[faces["fold"].isin(list(galleries)), "kin_group"])
    people = Answers(faces, np.empty((len(faces), 0)), conformal.classes).part(held.to_numpy())
    one = one_of_each_family(people.table, seed)
    logits = {fold: gallery.logits[held][one].astype(float) for fold, gallery in galleries.items()}
    numbers = people.numbers[one]
    if not len(numbers):
        return dict(coverage(np.empty((0, len(conformal.classes))), numbers, level))
    before = np.mean([softmax(each, axis=1) for each in logits.values()], axis=0)
    after = np.mean([softmax(each / conformal.heat[fold], axis=1) for fold, each in logits.items()], axis=0)
    errors = {"ece_before": calibration_error(before, numbers), "ece_after": calibration_error(after, numbers)}
    return {**errors, **coverage(conformal.p_values(logits), numbers, level)}


def probability_table(
    logits: Mapping[str, np.ndarray], heat: Mapping[str, float], classes: Sequence[str]
) -> pd.DataFrame:
    """What each fold's network says of the new face.

    Parameters
    ----------
    logits : mapping of str to ndarray
        Fold -> [classes].
    heat : mapping of str to float
        Temperature of each fold's network.
    classes : sequence of str
        In the order of the logits.

    Returns
    -------
    DataFrame
        PROBABILITIES.
    """
    parts = [
        pd.DataFrame(
            {
                "fold": fold,
                "class": list(classes),
                "logit": of_fold,
                "uncalibrated": softmax(of_fold),
                "probability": softmax(of_fold / heat[fold]),
            }
        )
        for fold, of_fold in logits.items()
    ]
    return pd.concat(parts, ignore_index=True)[PROBABILITIES]


def class_table(
    probabilities: pd.DataFrame, p_values: np.ndarray, classes: Sequence[str], level: float
) -> pd.DataFrame:
    """The classes of the new face, the most likely first.

    Parameters
    ----------
    probabilities : DataFrame
        Of `probability_table`.
    p_values : ndarray
        [classes].
    classes : sequence of str
        In the order of the logits.
    level : float
        Of the conformal set.

    Returns
    -------
    DataFrame
        CLASSES.
    """
    of_class = probabilities.groupby("class")["probability"].agg(["mean", "min", "max"]).loc[list(classes)]
    table = pd.DataFrame(
        {
            "class": list(classes),
            "probability": of_class["mean"].to_numpy(),
            "low": of_class["min"].to_numpy(),
            "high": of_class["max"].to_numpy(),
            "p_value": p_values,
            "in_set": p_values > 1 - level,
        }
    )
    table = table.sort_values("probability", ascending=False, kind="stable").reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table[CLASSES]


def asked_classes(table: pd.DataFrame, wanted: Sequence[str], control: str, against: str) -> list[str]:
    """Which classes a new face is explained for.

    Parameters
    ----------
    table : DataFrame
        Of `class_table`.
    wanted : sequence of str
        config case.classes; empty for the predicted class and those of the conformal set, ASKED at most.
    control : str
        The control class, which is never explained unless it is named.
    against : str
        config case.against: a class that is explained too, "" for none.

    Returns
    -------
    list of str
        The predicted class first. Of a face that only the control fits: the most likely class beside it.
    """
    if wanted:
        chosen = list(wanted)
    else:
        others = table[table["class"] != control]
        fits = (others["rank"] == 1) | others["in_set"]
        chosen = (others[fits] if fits.any() else others.head(1))["class"].tolist()[:ASKED]
    return list(dict.fromkeys([*chosen, *([against] if against and against != control else [])]))


@dataclass(frozen=True)
class Likeness:
    """How like the training faces a new face is.

    Attributes
    ----------
    distance : float
        1 less the cosine, to the k-th nearest training face, mean over fold networks.
    percentile : float
        Share of the study's out-of-fold faces that lie nearer, mean over fold networks, 0 to 100.
    """

    distance: float
    percentile: float


def likeness(
    embeddings: Mapping[str, np.ndarray], galleries: Mapping[str, FoldGallery], faces: pd.DataFrame, k: int
) -> Likeness:
    """Compare a new face with the training faces of every fold.

    Parameters
    ----------
    embeddings : mapping of str to ndarray
        Fold -> [d], of length one.
    galleries : mapping of str to FoldGallery
        By fold.
    faces : DataFrame
        fold of each row of the stacks.
    k : int
        Which neighbour.

    Returns
    -------
    Likeness
        Distance and percentile.
    """
    distances, shares = [], []
    for fold, gallery in galleries.items():
        training = (~faces["fold"].isin(["", HELDOUT, fold])).to_numpy()
        distance = float(distances_to(embeddings[fold][None], gallery.embeddings[training], k)[0])
        of_fold = gallery.distances[(faces["fold"] == fold).to_numpy()]
        distances.append(distance)
        shares.append(100 * float((of_fold < distance).mean()))
    return Likeness(float(np.mean(distances)), float(np.mean(shares)))
