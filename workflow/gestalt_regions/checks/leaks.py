"""The leak table: can the class be told from what is not the face? One row for each of the linear probes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.checks import leak_features as see
from gestalt_regions.checks.file_classes import KINDS, file_features, files_by_class
from gestalt_regions.checks.leak_probes import BELOW, PROBES, Probe, against_chance, score_probe, score_shuffled
from gestalt_regions.checks.leak_warnings import file_warnings, probe_warnings
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.statistics.toolkit.bootstrap import no_interval, some_subjects
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
    "low_corrected",
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
FOLD_COLUMNS = ["sample_id", "label", "subject_id", "kin_group", "fold"]


def _probe_row(
    probe: Probe,
    values: np.ndarray | str,
    table: pd.DataFrame,
    *,
    C: float,
    shuffles: int,
    bootstrap: Mapping,
    seed: int,
) -> dict[str, object]:
    """The row of one probe; values: its features, or the reason why there are none."""
    row = {"probe": probe.name, "kind": probe.kind, "sees": probe.sees, "level": bootstrap["level"], "C": C}
    if isinstance(values, str):
        return row | {"images": 0, "note": f"skipped: {values}"}
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        return row | {"images": 0, "note": "skipped: no photograph can be read"}
    part = table[known]
    if probe.name == "shuffled":
        accuracy = score_shuffled(values[known], part, C=C, shuffles=shuffles, level=bootstrap["level"], seed=seed)
        note = f"mean of {shuffles} shuffles; the interval holds {bootstrap['level']:.0%} of them"
    else:
        accuracy = score_probe(values[known], part, C=C, bootstrap=bootstrap, seed=seed)
        note = "" if known.all() else f"{(~known).sum()} images left out: photograph not readable"
    classes = part["label"].nunique()
    row |= dict(zip(("balanced_accuracy", "low", "high", "low_corrected"), accuracy, strict=True))
    row |= {"chance": 1 / classes, "against_chance": against_chance(*accuracy[1:3], 1 / classes), "classes": classes}
    if row["against_chance"] == "below":
        note = f"{note}; {BELOW}".removeprefix("; ")
    row |= {"images": len(part), "subjects": part["subject_id"].nunique(), "groups": part["kin_group"].nunique()}
    row["note"] = "; ".join(filter(None, [note, no_interval(accuracy[1], row["groups"])]))
    log.info("%s: %.3f [%.3f, %.3f], chance %.3f", probe.name, *accuracy[:3], 1 / classes)
    if probe.kind == "control" and row["against_chance"] == "above":
        log.warning("%s tells the class above chance: %s", probe.name, probe.sees)
    return row | {"folds": part["fold"].nunique(), "features": values.shape[1]}


def leak_table(
    features: Mapping[str, np.ndarray | str],
    table: pd.DataFrame,
    *,
    C: float,
    shuffles: int,
    bootstrap: Mapping,
    seed: int,
) -> pd.DataFrame:
    """One row for each of PROBES.

    An image with an undefined feature is left out of that row.

    Parameters
    ----------
    features : mapping
        Probe -> float [N, d], or the reason why there are none: such a row has no numbers and says so.
    table : pandas.DataFrame
        label, subject_id, kin_group, fold of the N images.
    C : float
        As in `predict`.
    shuffles : int
        Shuffled labellings of the control.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        COLUMNS but simulated.
    """
    rows = []
    for probe in PROBES:
        values = features["embedding" if probe.name == "shuffled" else probe.name]
        rows.append(_probe_row(probe, values, table, C=C, shuffles=shuffles, bootstrap=bootstrap, seed=seed))
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


def _judged_images(folds_path: str, images: int, seed: int) -> tuple[pd.DataFrame, str]:
    """The images in the folds, or those of some subjects, and what is to be said of the choice."""
    folds = read_table(folds_path, FOLD_COLUMNS, strings=FOLD_COLUMNS)[FOLD_COLUMNS]
    folds = folds[folds["fold"] != HELDOUT]
    if folds["fold"].nunique() < 2:
        raise InputError(f"{folds_path}: a probe needs two folds or more")
    subjects, drawn = some_subjects(folds, images, generator(seed, "leaks", "subjects"))
    if drawn:
        log.warning("leak table: %s", drawn)
    return folds[folds["subject_id"].isin(subjects)], drawn


def _features(
    table: pd.DataFrame,
    facts: pd.DataFrame,
    base: Path,
    crops: np.ndarray,
    shards: Sequence[str],
    photographs: pd.DataFrame,
) -> tuple[dict[str, np.ndarray | str], list[str]]:
    """What each probe but the embedding sees of the images of `table`, and the columns that the metadata have.

    facts: samples.csv of these images; base: the folder of their photographs; photographs: faces/photographs.csv.
    """
    five, rows = see.landmarks(table), table["row"].to_numpy()
    features: dict[str, np.ndarray | str] = {}
    features |= see.photo_features([base / image for image in facts["image"]], five)
    features["border_crop"] = np.stack([see.border(crops[row]) for row in rows])
    features["landmarks_shape"] = see.shape_of(five, five)
    features["landmarks_truth"] = see.true_shape(shards, list(table["sample_id"]))
    features["files"] = file_features(photographs)
    known, used = see.metadata(facts)
    features["metadata"] = known if used else f"samples.csv has none of {', '.join(see.NUMBERS + see.NAMES)}"
    return features, used


def write_leak_table(
    *,
    samples_path: str,
    index_path: str,
    crops_path: str,
    folds_path: str,
    photographs_path: str,
    encoder: str,
    shards: Sequence[str],
    csv_path: str,
    tex_path: str,
    files_path: str,
    C: float,
    shuffles: int,
    images: int,
    bootstrap: Mapping,
    seed: int,
    threads: int,
) -> None:
    """Write leaks.csv, leaks.tex and file_classes.csv of the images in the folds; the held-out set is not used.

    Parameters
    ----------
    samples_path, index_path, crops_path, folds_path, photographs_path : str
        samples.csv, faces/index.csv, the aligned crops, folds.csv, faces/photographs.csv.
    encoder : str
        ONNX network of the face embeddings.
    shards : sequence of str
        Folders of rendered photos with the true landmarks, or none.
    csv_path, tex_path, files_path : str
        What is written; files_path: which kinds of files go with which class.
    C : float
        As in `predict`.
    shuffles : int
        Shuffled labellings of the control.
    images : int
        At most so many, of whole subjects drawn at random (0: all).
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    threads : int
        Of the processor.

    Raises
    ------
    InputError
        With fewer than two folds.
    """
    samples = load_samples(samples_path)
    index = read_table(index_path, ["row", "sample_id", *see.POINTS], strings=["sample_id"])
    folds, drawn = _judged_images(folds_path, images, seed)
    table = folds.merge(index, on="sample_id", validate="one_to_one")
    facts = table[["sample_id"]].merge(samples.drop(columns=FOLD_COLUMNS[1:4]), on="sample_id", validate="one_to_one")
    files = read_table(photographs_path, ["sample_id"], strings=["sample_id", *KINDS, "camera_make", "camera_model"])
    files = table[["sample_id"]].merge(files, on="sample_id", how="left", validate="one_to_one")
    crops = read_array(crops_path)
    features, used = _features(table, facts, Path(samples_path).parent, crops, shards, files)
    features["embedding"] = see.embeddings(crops, table["row"].to_numpy(), encoder, threads)
    result = leak_table(features, table, C=C, shuffles=shuffles, bootstrap=bootstrap, seed=seed)
    if used:
        result.loc[result["probe"] == "metadata", "sees"] = ", ".join(used)
    by_class = files_by_class(files, table)
    for sentence in [*probe_warnings(result), *file_warnings(by_class)]:
        log.warning("%s", sentence)
    write_table(by_class, files_path)
    simulated = simulated_phrase(samples)
    write_table(result.assign(simulated=bool(simulated))[COLUMNS], csv_path)
    write_text(_latex(result, simulated, drawn), tex_path)
