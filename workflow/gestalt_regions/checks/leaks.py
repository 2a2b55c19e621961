"""The leak table: can the class be told from what is not the face?

A linear probe (standardised features, L2-regularised logistic regression) is judged out of fold, with the folds of the
study, so that kin are never on both sides. Score: balanced accuracy (mean recall of the classes), whose chance level
is one over the number of classes however unequal they are.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gestalt_regions.checks import leak_features as see
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined, some_subjects
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.read import load_samples, simulated_phrase
from gestalt_regions.statistics.toolkit.table_text import number

log = logging.getLogger("gestalt_regions")

COLUMNS = [
    "probe",
    "kind",
    "sees",
    "balanced_accuracy",
    "low",
    "high",
    "level",
    "chance",
    "against_chance",
    "images",
    "subjects",
    "groups",
    "classes",
    "folds",
    "features",
    "C",
    "simulated",
    "note",
]


BELOW = (
    "below chance is no leak: where subjects are few or the classes have the same mixture of them, what is judged is "
    "missing from its own class in training, and the probe answers with another; a weak leak is harder to see there"
)


@dataclass(frozen=True)
class Probe:
    """kind: `leak` should be at chance, `shape` may carry real signs, `control` must be at chance, `ceiling` not."""

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
    Probe("metadata", "leak", "age, sex, ancestry"),
    Probe("shuffled", "control", "face embedding, with labels shuffled among subjects"),
    Probe("embedding", "ceiling", "ArcFace embedding of the aligned crop"),
)


def predict(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, C: float) -> np.ndarray:
    """The class predicted for each image by the probe trained on the other folds: [N] like `labels`.

    features: float [N,d]. Classes weigh the same in training, however many images they have.
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
    """Mean recall over the classes that are drawn, [R], with image weights [R,N]."""
    classes = (labels[:, None] == np.unique(labels)).astype(float)
    total = weights @ classes
    right = weights @ (classes * hits[:, None])
    return mean_defined(np.divide(right, total, out=np.full_like(total, np.nan), where=total > 0), axis=1)


def score_probe(
    features: np.ndarray, table: pd.DataFrame, *, C: float, bootstrap: Mapping, seed: int
) -> tuple[float, float, float]:
    """Balanced accuracy out of fold, and its bootstrap interval over groups (bootstrap.group drawn as a whole).

    table: label, fold and the groups of each row of `features`. The interval is that of these predictions; it does not
    include what retraining on other images would change.
    """
    labels = table["label"].to_numpy(dtype=object)
    hits = predict(features, labels, table["fold"].to_numpy(), C) == labels
    drawn = Weights(table[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "leaks"))
    draws = drawn.each(lambda weights: balanced_accuracy(hits, labels, weights))
    point = balanced_accuracy(hits, labels, np.ones((1, len(labels))))[0]
    return float(point), *interval(draws, bootstrap["level"])


def against(low: float, high: float, chance: float) -> str:
    """Where the interval lies; for `below` see BELOW."""
    return "above" if low > chance else "below" if high < chance else "at"


def shuffled_by_subject(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The table with labels dealt anew among the subjects: all images of one keep a common label."""
    subjects = table.drop_duplicates("subject_id")
    dealt = dict(zip(subjects["subject_id"], random.permutation(subjects["label"].to_numpy(object)), strict=True))
    return table.assign(label=table["subject_id"].map(dealt).astype(object))


def score_shuffled(
    features: np.ndarray, table: pd.DataFrame, *, C: float, shuffles: int, level: float, seed: int
) -> tuple[float, float, float]:
    """Mean balanced accuracy over `shuffles` shuffled labellings, and the interval in which `level` of them lie."""
    drawn = []
    for i in range(shuffles):
        dealt = shuffled_by_subject(table, generator(seed, "leaks", "shuffle", i))
        labels = dealt["label"].to_numpy(dtype=object)
        hits = predict(features, labels, dealt["fold"].to_numpy(), C) == labels
        drawn.append(balanced_accuracy(hits, labels, np.ones((1, len(labels))))[0])
    return float(np.mean(drawn)), *interval(np.array(drawn), level)


def leak_table(
    features: Mapping[str, np.ndarray | str],
    table: pd.DataFrame,
    *,
    C: float,
    shuffles: int,
    bootstrap: Mapping,
    seed: int,
) -> pd.DataFrame:
    """One row for each of PROBES (COLUMNS but simulated).

    features: by probe float [N,d], or the reason why there are none: such a row has no numbers and says so. An image
    with an undefined feature is left out of that row. table: label, subject_id, kin_group, fold of the N images.
    """
    rows = []
    for probe in PROBES:
        values = features["embedding" if probe.name == "shuffled" else probe.name]
        row = {"probe": probe.name, "kind": probe.kind, "sees": probe.sees, "level": bootstrap["level"], "C": C}
        known = np.zeros(0, bool) if isinstance(values, str) else np.isfinite(values).all(axis=1)
        if not known.any():
            reason = values if isinstance(values, str) else "no photograph can be read"
            rows.append(row | {"images": 0, "note": f"skipped: {reason}"})
            continue
        part = table[known]
        settings = {"C": C, "seed": seed}
        if probe.name == "shuffled":
            found = score_shuffled(values[known], part, shuffles=shuffles, level=bootstrap["level"], **settings)
            note = f"mean of {shuffles} shuffles; the interval holds {bootstrap['level']:.0%} of them"
        else:
            found = score_probe(values[known], part, bootstrap=bootstrap, **settings)
            note = "" if known.all() else f"{(~known).sum()} images left out: photograph not readable"
        classes = part["label"].nunique()
        row |= dict(zip(("balanced_accuracy", "low", "high"), found, strict=True))
        row |= {"chance": 1 / classes, "against_chance": against(*found[1:], 1 / classes), "classes": classes}
        if row["against_chance"] == "below":
            note = f"{note}; {BELOW}".removeprefix("; ")
        row |= {"images": len(part), "subjects": part["subject_id"].nunique(), "groups": part["kin_group"].nunique()}
        row["note"] = note
        rows.append(row | {"folds": part["fold"].nunique(), "features": values.shape[1]})
        log.info("%s: %.3f [%.3f, %.3f], chance %.3f", probe.name, *found, 1 / classes)
        if probe.kind in ("leak", "control") and row["against_chance"] == "above":
            log.warning("%s tells the class above chance: %s", probe.name, probe.sees)
    return pd.DataFrame(rows).reindex(columns=[c for c in COLUMNS if c != "simulated"])


def _latex(table: pd.DataFrame, simulated: str, drawn: str) -> str:
    """The leak table for print; drawn: which images it takes, where not all."""
    shown = pd.DataFrame({"Probe": table["probe"], "Sees": table["sees"]})
    shown["Balanced accuracy"] = [
        number(v) if n else "skipped" for v, n in zip(table["balanced_accuracy"], table["images"], strict=True)
    ]
    pairs = zip(table["low"], table["high"], strict=True)
    shown[f"{table['level'].iloc[0]:.0%} interval"] = [f"[{number(a)}, {number(b)}]" for a, b in pairs]
    shown["Chance"] = table["chance"].map(number)
    shown[""] = table["against_chance"].fillna("")
    shown["Images"] = table["images"].astype(str)
    caption = (
        "Linear probes: balanced accuracy out of fold, groups of kin kept together; bootstrap intervals over kin "
        f"groups, not corrected for the number of rows; logistic regression with C = {table['C'].iloc[0]:g}."
    )
    notes = [f"{drawn}."] if drawn else []
    notes += [f"{row.probe}: {row.note}" for row in table.itertuples() if row.note]
    caption = f"{simulated.capitalize()}. {caption}" if simulated else caption
    return booktabs(shown, caption, "tab:leaks", notes, columns=r"lp{0.35\linewidth}rrrlr")


def write_leak_table(
    *,
    samples_path: str,
    index_path: str,
    crops_path: str,
    folds_path: str,
    encoder: str,
    shards: Sequence[str],
    csv_path: str,
    tex_path: str,
    C: float,
    shuffles: int,
    images: int,
    bootstrap: Mapping,
    seed: int,
    threads: int,
) -> None:
    """Write leaks.csv and leaks.tex of the images in the folds; the held-out set is not used.

    shards: folders of rendered photos with the true landmarks, or nothing. images: at most so many, of whole subjects
    drawn at random (0: all). Raises InputError with fewer than two folds.
    """
    samples = load_samples(samples_path)
    index = read_table(index_path, ["row", "sample_id", *see.POINTS], strings=["sample_id"])
    text = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    folds = read_table(folds_path, text, strings=text)[text]
    folds = folds[folds["fold"] != HELDOUT]
    if folds["fold"].nunique() < 2:
        raise InputError(f"{folds_path}: a probe needs two folds or more")
    subjects, drawn = some_subjects(folds, images, generator(seed, "leaks", "subjects"))
    folds = folds[folds["subject_id"].isin(subjects)]
    if drawn:
        log.warning("leak table: %s", drawn)
    table = folds.merge(index, on="sample_id", validate="one_to_one")
    about = table[["sample_id"]].merge(samples.drop(columns=text[1:4]), on="sample_id", validate="one_to_one")
    five = see.landmarks(table)
    crops, rows = read_array(crops_path), table["row"].to_numpy()
    base = Path(samples_path).parent
    features = see.of_photos([base / image for image in about["image"]], five)
    features["border_crop"] = np.stack([see.border(crops[row]) for row in rows])
    features["landmarks_shape"] = see.shape_of(five, five)
    features["landmarks_truth"] = see.true_shape(shards, list(table["sample_id"]))
    known, used = see.metadata(about)
    features["metadata"] = known if used else f"samples.csv has none of {', '.join(see.NUMBERS + see.NAMES)}"
    features["embedding"] = see.embeddings(crops, rows, encoder, threads)
    result = leak_table(features, table, C=C, shuffles=shuffles, bootstrap=bootstrap, seed=seed)
    if used:
        result.loc[result["probe"] == "metadata", "sees"] = ", ".join(used)
    simulated = simulated_phrase(samples)
    write_table(result.assign(simulated=bool(simulated))[COLUMNS], csv_path)
    write_text(_latex(result, simulated, drawn), tex_path)
