"""Linear probes of the leak table: what each sees, and how well it tells the classes.

A probe (standardised features, L2-regularised logistic regression) is judged out of fold, with the folds of the study,
so that kin are never on both sides. Score: balanced accuracy (mean recall of the classes), whose chance level is one
over the number of classes however unequal they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined, percentiles

BELOW = (
    "below chance is no leak: where subjects are few or the classes have the same mixture of them, what is judged is "
    "missing from its own class in training, and the probe answers with another; a weak leak is harder to see there"
)


@dataclass(frozen=True)
class Probe:
    """A linear probe of the leak table.

    Attributes
    ----------
    name : str
        Of its row and its features.
    kind : {"leak", "shape", "control", "ceiling"}
        `leak` should be at chance, `shape` may carry real signs, `control` must be at chance, `ceiling` not.
    sees : str
        What it sees, in words.
    """

    name: str
    kind: str
    sees: str


PROBES = (
    Probe("border_photo", "leak", "the outer 1/16 of the photograph on each side"),
    Probe("border_crop", "shape", "the outer 1/16 of the aligned crop; has forehead, cheeks, ears, chin and hair"),
    Probe("landmarks_in_photo", "shape", "five detected landmarks in the photograph: framing, pose and proportions"),
    Probe("landmarks_shape", "shape", "five detected landmarks after alignment: proportions and pose"),
    Probe("landmarks_truth", "shape", "dense true landmarks after alignment: carries the real shape of the face"),
    Probe("image_statistics", "leak", "mean and sd of each channel, sharpness, file size, width, height"),
    Probe("files", "leak", "format, size in pixels, bits, camera and colour profile of the files"),
    Probe("metadata", "leak", "age, sex, ancestry"),
    Probe("shuffled", "control", "face embedding, with labels shuffled among subjects"),
    Probe("embedding", "ceiling", "ArcFace embedding of the aligned crop"),
)
LEAKS = sum(probe.kind == "leak" for probe in PROBES)  # low_corrected is Bonferroni's for so many


def predict(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, C: float) -> np.ndarray:
    """The class predicted for each image by the probe trained on the other folds.

    Classes weigh the same in training, however many images they have.

    Parameters
    ----------
    features : numpy.ndarray
        float [N, d].
    labels : numpy.ndarray
        Class of each image [N].
    folds : numpy.ndarray
        Fold of each image [N].
    C : float
        Inverse strength of the L2 regularisation.

    Returns
    -------
    numpy.ndarray
        Like `labels` [N].
    """
    predicted = np.empty_like(labels)
    for fold in np.unique(folds):
        judged = folds == fold
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=C, class_weight="balanced", max_iter=5000, tol=1e-3)
        )
        predicted[judged] = model.fit(features[~judged], labels[~judged]).predict(features[judged])
    return predicted


def balanced_accuracy(hits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean recall over the classes that are drawn.

    Parameters
    ----------
    hits : numpy.ndarray
        Whether each image is recognised [N].
    labels : numpy.ndarray
        Class of each image [N].
    weights : numpy.ndarray
        Weight of each image in each resample [R, N].

    Returns
    -------
    numpy.ndarray
        [R].
    """
    classes = (labels[:, None] == np.unique(labels)).astype(float)
    total = weights @ classes
    right = weights @ (classes * hits[:, None])
    return mean_defined(np.divide(right, total, out=np.full_like(total, np.nan), where=total > 0), axis=1)


def score_probe(
    features: np.ndarray, table: pd.DataFrame, *, C: float, bootstrap: Mapping, seed: int
) -> tuple[float, float, float, float]:
    """Balanced accuracy out of fold, and its bootstrap interval over groups.

    The interval is that of these predictions. It does not include what retraining on other images would change.

    Parameters
    ----------
    features : numpy.ndarray
        float [N, d].
    table : pandas.DataFrame
        label, fold and the groups of each row of `features`.
    C : float
        As in `predict`.
    bootstrap : mapping
        n_resamples, level, group (drawn as a whole).
    seed : int
        Seed of the study.

    Returns
    -------
    tuple of float
        Value, low, high, and low at a level corrected for the number of probes of kind leak.
    """
    labels = table["label"].to_numpy(dtype=object)
    hits = predict(features, labels, table["fold"].to_numpy(), C) == labels
    drawn = Weights(table[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "leaks"))
    draws, groups = drawn.each(lambda weights: balanced_accuracy(hits, labels, weights)), drawn.groups
    point = balanced_accuracy(hits, labels, np.ones((1, len(labels))))[0]
    corrected, _ = interval(draws, 1 - (1 - bootstrap["level"]) / LEAKS, groups)
    return float(point), *interval(draws, bootstrap["level"], groups), corrected


def against_chance(low: float, high: float, chance: float) -> str:
    """Where an interval lies; empty where there is none; for `below` see BELOW.

    Parameters
    ----------
    low, high : float
        The interval.
    chance : float
        Balanced accuracy by chance.

    Returns
    -------
    {"above", "below", "at", ""}
        Of the interval against chance.
    """
    if not np.isfinite(low):
        return ""
    return "above" if low > chance else "below" if high < chance else "at"


def shuffled_by_subject(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Deal labels anew among the subjects: all images of one keep a common label.

    Parameters
    ----------
    table : pandas.DataFrame
        subject_id and label of each image.
    random : numpy.random.Generator
        Deals them.

    Returns
    -------
    pandas.DataFrame
        `table` with the new labels.
    """
    subjects = table.drop_duplicates("subject_id")
    dealt = dict(zip(subjects["subject_id"], random.permutation(subjects["label"].to_numpy(object)), strict=True))
    return table.assign(label=table["subject_id"].map(dealt).astype(object))


def score_shuffled(
    features: np.ndarray, table: pd.DataFrame, *, C: float, shuffles: int, level: float, seed: int
) -> tuple[float, float, float, float]:
    """Mean balanced accuracy over shuffled labellings, and the interval in which most of them lie.

    Parameters
    ----------
    features : numpy.ndarray
        float [N, d].
    table : pandas.DataFrame
        label, subject_id and fold of each row of `features`.
    C : float
        As in `predict`.
    shuffles : int
        Number of labellings.
    level : float
        Share of them in the interval.
    seed : int
        Seed of the study.

    Returns
    -------
    tuple of float
        Value, low, high, and low again, in place of a corrected one.
    """
    drawn = []
    for i in range(shuffles):
        dealt = shuffled_by_subject(table, generator(seed, "leaks", "shuffle", i))
        labels = dealt["label"].to_numpy(dtype=object)
        hits = predict(features, labels, dealt["fold"].to_numpy(), C) == labels
        drawn.append(balanced_accuracy(hits, labels, np.ones((1, len(labels))))[0])
    low, high = percentiles(np.array(drawn), level)
    return float(np.mean(drawn)), low, high, low
