"""Is this person affected at all? The gestalt score 1 - P(control) of each image, and how well it tells.

Gurovich et al. (2019) leave the question open, because their test images hold no unaffected people. Here they are among
the images of the folds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_answers
from gestalt_regions.statistics.deepgestalt.calibrated import calibrated
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import (
    Weights,
    interval,
    no_interval,
    rank_biserial_draws,
)
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.proportions import share_interval
from gestalt_regions.statistics.toolkit.table_text import UNDEFINED, number

ALL = "all syndromes"
HALF = 0.5  # of the probability: where a score says affected
GRID = np.linspace(0, 1, 101)  # shares of unaffected images that are called affected


def affected_scores(answers: Answers, control: str) -> pd.DataFrame:
    """The gestalt score of each image of the folds and each held-out one.

    Parameters
    ----------
    answers : Answers
        Calibrated, of both sets.
    control : str
        Label of the control class.

    Returns
    -------
    pandas.DataFrame
        set, sample_id, label, kin_group, score: 1 - P(control), 0 to 1, mean over the networks that answer.

    Raises
    ------
    InputError
        Where the networks know no control class.
    """
    if control not in answers.classes:
        near = nearest(control, answers.classes)
        raise InputError(f"config statistics.control: the networks know no '{control}'; {near}")
    parts = []
    for kind in SETS:
        part = answers.of_set(kind)
        score = 1 - part.summed(part.probabilities[:, part.classes.index(control)]) / max(1, part.networks)
        parts.append(part.images.assign(set=kind, score=score))
    return pd.concat(parts, ignore_index=True)[["set", "sample_id", "label", "kin_group", "score"]]


def _curves(scores: np.ndarray, affected: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sensitivity at each share of GRID in each weighted sample, [resamples, grid]."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)  # equal scores are one step
    curves = np.full((len(weights), len(GRID)), np.nan)
    for row, drawn in enumerate(weights[:, order]):
        yes, no = (np.cumsum(drawn * side)[last] for side in (affected[order], ~affected[order]))
        if yes[-1] > 0 and no[-1] > 0:
            curves[row] = np.interp(GRID, np.r_[0, no / no[-1]], np.r_[0, yes / yes[-1]])
    return curves


def roc(
    scores: pd.DataFrame, control: str, *, resamples: int, level: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The area under the ROC curve, of all syndromes and of each, and the curve of all.

    Parameters
    ----------
    scores : pandas.DataFrame
        Of `affected_scores`, of one set.
    control : str
        Label of the control class.
    resamples : int
        Of families.
    level : float
        Of the intervals.
    rng : numpy.random.Generator
        Draws families.

    Returns
    -------
    summary : pandas.DataFrame
        class, images, groups, unaffected, unaffected_groups, auc, low, high; at_half: the share whose score is above
        one half, of the class (sensitivity) with its interval; note.
    curve : pandas.DataFrame
        false_alarms, sensitivity, low, high: bounds of each point by itself.
    """
    weights = Weights(scores["kin_group"], resamples, rng)
    values, is_control = scores["score"].to_numpy(float), (scores["label"] == control).to_numpy()
    of_control, rows = weights.of(is_control), []
    classes = [ALL, *sorted(set(scores["label"]) - {control}, key=lambda c: (c.casefold(), c)), control]
    for name in classes:
        mask = ~is_control if name == ALL else (scores["label"] == name).to_numpy()
        mine, above = weights.of(mask), (values[mask] > HALF).astype(float)
        groups = min(mine.groups, of_control.groups)
        row = {"class": name, "images": int(mask.sum()), "groups": mine.groups}
        row |= {"unaffected": int(is_control.sum()), "unaffected_groups": of_control.groups}
        row |= {"auc": np.nan, "low": np.nan, "high": np.nan}
        if name != control and is_control.any():
            pair = values[mask], values[is_control]
            draws = rank_biserial_draws(*pair, mine, of_control)
            ones = [np.ones((1, len(side))) for side in pair]
            row["auc"] = (1 + rank_biserial_draws(*pair, *ones)[0]) / 2
            row["low"], row["high"] = interval((1 + draws) / 2, level, groups)
            row["note"] = no_interval(row["low"], groups)
        elif name != control:
            row["note"] = f"no image of {control}, so no ROC"
        row["at_half"] = above.mean() if len(above) else np.nan
        bounds = share_interval(row["at_half"], mine.mean(above), level, mine.groups)
        row["at_half_low"], row["at_half_high"] = bounds
        rows.append(row)
    curve = pd.DataFrame({"false_alarms": GRID})
    if is_control.any() and not is_control.all():
        curve["sensitivity"] = _curves(values, ~is_control, np.ones((1, len(values))))[0]
        draws = np.concatenate([_curves(values, ~is_control, block) for block in weights.blocks()])
        groups = min(weights.of(~is_control).groups, of_control.groups)
        curve[["low", "high"]] = [interval(column, level, groups) for column in draws.T]
    return pd.DataFrame(rows), curve if "low" in curve else curve.iloc[:0].assign(sensitivity=[], low=[], high=[])


def write_affected(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    scores_path: str,
    curve_path: str,
    csv_path: str,
    tex_path: str,
    control: str,
    resamples: int,
    level: float,
    seed: int,
    model: str,
) -> None:
    """Write affected_scores.csv, affected_curve.csv, affected_roc.csv and affected_roc.tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of each fold.
    samples_path : str
        samples.csv.
    scores_path, curve_path, csv_path, tex_path : str
        The score of each image; the ROC curve; areas; these for print.
    control : str
        Label of the control class.
    resamples : int
        Of families.
    level : float
        Of the intervals.
    seed : int
        Seed of the study.
    model : str
        Name of the model.
    """
    samples = read.load_samples(samples_path, ())
    answers, _ = calibrated(load_answers(prediction_paths, samples))
    scores, simulated = affected_scores(answers, control), read.simulated_phrase(samples)
    summaries, curves = [], []
    for kind in SETS:
        part = scores[scores["set"] == kind].reset_index(drop=True)
        if len(part):
            rng = seeds.generator(seed, "gestalt affected", kind)
            summary, curve = roc(part, control, resamples=resamples, level=level, rng=rng)
            summaries.append(summary[summary["images"] > 0].assign(set=kind))
            curves.append(curve.assign(set=kind))
    table = pd.concat(summaries, ignore_index=True)
    io.write_table(scores.assign(simulated=bool(simulated)), scores_path)
    io.write_table(pd.concat(curves, ignore_index=True).assign(simulated=bool(simulated)), curve_path)
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    shown = pd.DataFrame(
        {
            "Set": table["set"].map(SETS).where(~table["set"].duplicated(), ""),
            "Class": table["class"],
            "Images": table["images"].astype(str),
            "Families": table["groups"].astype(str),
            "AUC": [_with_bounds(*cell) for cell in zip(table["auc"], table["low"], table["high"], strict=True)],
            "Called affected": [
                _with_bounds(*cell)
                for cell in zip(table["at_half"], table["at_half_low"], table["at_half_high"], strict=True)
            ],
        }
    )
    caption = (f"{simulated.capitalize()}. " if simulated else "") + (
        f"Affected at all? Gestalt score 1 - P({control}) of {model}, calibrated; area under the ROC curve against "
        f"{control}, and the share of images whose score is above one half."
    )
    notes = [f"[Interval of {level:.0%}, {resamples} resamples of families]. Held out: mean over the fold networks."]
    if table["note"].fillna("").str.startswith("no image of").any():
        notes.append(f"Held-out images of {control}: none, so no ROC there.")
    io.write_text(booktabs(shown, caption, "tab:affected_roc", notes, "llrrrr"), tex_path)


def _with_bounds(value: float, low: float, high: float) -> str:
    """`0.95 [0.91, 0.98]`."""
    if not np.isfinite(value):
        return UNDEFINED
    return number(value, 3) + (f" [{number(low, 3)}, {number(high, 3)}]" if np.isfinite(low) else "")
