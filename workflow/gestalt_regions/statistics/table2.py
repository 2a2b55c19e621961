"""Table 2: how well the fold models recognise each class (Sümer et al. 2023, section 4.3)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined, no_interval, sd_defined

METRICS = ["precision", "recall", "f1"]
OVERALL = "Overall"


def load_predictions(paths: Sequence[str | os.PathLike], samples: pd.DataFrame) -> pd.DataFrame:
    """Read predictions.csv of all folds.

    Parameters
    ----------
    paths : sequence of str or path
        One file for each fold, in the order of the folds.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    pandas.DataFrame
        sample_id, fold (1..K in the order of `paths`), set, label, predicted, hit, subject_id, kin_group.

    Raises
    ------
    InputError
        For an unknown set, a sample predicted twice or without probabilities, or one that samples.csv lacks.
    """
    frames = []
    for fold, path in enumerate(paths, start=1):
        names = ["sample_id", "set", "label", "predicted"]
        whole = io.read_table(path, names, strings=names)
        table = whole[names]
        unanswered = whole.filter(regex="^p_").isna().any(axis=1)
        if unanswered.any():
            raise InputError(
                f"{path}: '{table['sample_id'][unanswered].iloc[0]}' and {unanswered.sum() - 1} other images have no "
                "probability (p_*): the network's answers were not finite; delete this fold's folder and train again"
            )
        for kind in table["set"].unique():
            if kind not in ("folds", "heldout"):
                raise InputError(f"{path}: set '{kind}' is unknown; {nearest(kind, ['folds', 'heldout'])}")
        repeated = table.loc[table["sample_id"].duplicated(), "sample_id"]
        if len(repeated):
            raise InputError(f"{path}: sample_id '{repeated.iloc[0]}' is predicted twice; delete the file and rebuild")
        frames.append(read.join_samples(table, samples, path).assign(fold=fold))
    predictions = pd.concat(frames, ignore_index=True)
    return predictions.assign(hit=predictions["label"] == predictions["predicted"])


def class_scores(judged: pd.DataFrame, zero_division: str) -> pd.DataFrame:
    """Precision, recall and F1 of every class in every fold.

    Precision has no value where a fold predicts the class for no image. Recall has none where the fold holds no image
    of it. F1 has none where both are so.

    Parameters
    ----------
    judged : pandas.DataFrame
        Predictions of the set "folds": fold, label, predicted, hit.
    zero_division : {"undefined", "zero"}
        What stands for a missing value: NaN, or 0 (scikit-learn's usual choice).

    Returns
    -------
    pandas.DataFrame
        fold, class, n (images), n_predicted, precision, recall, f1.
    """
    classes = sorted(set(judged["label"]) | set(judged["predicted"]), key=lambda c: (c.casefold(), c))
    rows = []
    for fold, table in judged.groupby("fold"):
        for name in classes:
            actual, predicted = int((table["label"] == name).sum()), int((table["predicted"] == name).sum())
            hits = int((table["hit"] & (table["label"] == name)).sum())
            row = {"fold": fold, "class": name, "n": actual, "n_predicted": predicted}
            parts = zip(METRICS, (hits, hits, 2 * hits), (predicted, actual, predicted + actual), strict=True)
            missing = 0.0 if zero_division == "zero" else np.nan
            rows.append(row | {metric: above / below if below else missing for metric, above, below in parts})
    return pd.DataFrame(rows)


def summarise_scores(scores: pd.DataFrame, zero_division: str) -> pd.DataFrame:
    """Table 2: mean and sample sd over the folds per class, and the row Overall.

    Overall is the macro mean of each fold, then mean and sd over the folds. N counts the images of the folds. A fold in
    which a value is undefined is left out of that mean; the note says so.

    Parameters
    ----------
    scores : pandas.DataFrame
        As from `class_scores`.
    zero_division : {"undefined", "zero"}
        As in `class_scores`.

    Returns
    -------
    pandas.DataFrame
        class, n, mean and sd of each measure, folds, zero_division, note.
    """
    folds, rows = scores["fold"].nunique(), []
    macro = scores.groupby("fold")[METRICS].mean().reset_index().assign(**{"class": OVERALL})  # NaN left out
    for name, cell in [*scores.groupby("class", sort=False), (OVERALL, macro)]:
        row, notes = {"class": name, "n": int((scores if name == OVERALL else cell)["n"].sum())}, []
        for metric in METRICS:
            values = cell[metric].to_numpy(dtype=float)
            row[f"{metric}_mean"], row[f"{metric}_sd"] = float(mean_defined(values, axis=0)), sd_defined(values)
            defined = int(np.isfinite(values).sum())
            if defined < folds:
                notes.append(f"{metric} undefined in {folds - defined} of {folds} folds and left out there")
        if name != OVERALL and zero_division == "zero":
            zeroed = int(((cell["n"] == 0) | (cell["n_predicted"] == 0)).sum())
            notes += [f"undefined values counted as 0 in {zeroed} folds"] if zeroed else []
        elif name == OVERALL and scores[METRICS].isna().any(axis=None):
            notes.append("macro mean over the classes with a value in the fold")
        rows.append(row | {"folds": folds, "zero_division": zero_division, "note": "; ".join(notes)})
    return pd.DataFrame(rows)


def top1_accuracy(predictions: pd.DataFrame, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Top-1 accuracy on the judged folds and on the held-out images, with intervals.

    The interval is a percentile bootstrap of the mean over the fold models. Kin groups are drawn, so that images of one
    person or family count once. For the held-out images all fold models share each draw.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As from `load_predictions`.
    bootstrap : mapping
        n_resamples, level (0 to 1), group (the column whose groups are drawn).
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        quantity, images, groups, folds, mean, sd, low, high, level, note.
    """
    rows = []
    for kind, name in (("folds", "top-1, folds"), ("heldout", "top-1, held-out")):
        part = predictions[predictions["set"] == kind]
        row = {"quantity": name, "images": part["sample_id"].nunique(), "groups": part[bootstrap["group"]].nunique()}
        per_fold = part.groupby("fold")["hit"].mean().to_numpy(dtype=float)
        row |= {"folds": len(per_fold), "mean": float(mean_defined(per_fold, axis=0)), "sd": sd_defined(per_fold)}
        draws = []
        for fold, cell in part.groupby("fold"):
            keys = ["accuracy", kind] if kind == "heldout" else ["accuracy", kind, fold]
            drawn = Weights(cell[bootstrap["group"]], bootstrap["n_resamples"], seeds.generator(seed, *keys))
            draws.append(drawn.mean(cell["hit"].to_numpy(dtype=float)))
        low, high = interval(np.mean(draws, axis=0), bootstrap["level"], row["groups"]) if draws else (np.nan, np.nan)
        note = no_interval(low, row["groups"]) if len(part) else "no images"
        rows.append(row | {"low": low, "high": high, "level": bootstrap["level"], "note": note})
    return pd.DataFrame(rows)


def write_table2(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    table_path: str,
    tex_path: str,
    folds_path: str,
    accuracy_path: str,
    zero_division: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write Table 2 (CSV and LaTeX), the scores of every fold and the accuracies.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of each fold.
    samples_path : str
        samples.csv.
    table_path, tex_path : str
        Table 2.
    folds_path : str
        Scores of every class and fold.
    accuracy_path : str
        Top-1 accuracies with their intervals.
    zero_division : {"undefined", "zero"}
        As in `class_scores`.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Raises
    ------
    InputError
        Where no image of the folds is predicted.
    """
    samples = read.load_samples(samples_path, ())
    predictions = load_predictions(prediction_paths, samples)
    judged = predictions[predictions["set"] == "folds"]
    if judged.empty:
        raise InputError(f"{Path(prediction_paths[0]).parent.parent}: no predictions of the set 'folds'; rebuild them")
    simulated = read.simulated_phrase(samples)
    scores = class_scores(judged, zero_division)
    table, top1 = summarise_scores(scores, zero_division), top1_accuracy(predictions, bootstrap, seed)
    io.write_table(scores.assign(simulated=bool(simulated)), folds_path)
    io.write_table(table.assign(simulated=bool(simulated)), table_path)
    io.write_table(top1.assign(simulated=bool(simulated)), accuracy_path)
    io.write_text(table_text.table2_latex(table, top1, simulated), tex_path)
