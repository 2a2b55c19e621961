"""Reliability: is a network right as often as it says, before and after calibration?

Expected calibration error is the mean gap between confidence and accuracy over bins of confidence (Guo et al., ICML
2017, equation 3). Chance alone makes it larger than zero: `ece_floor` is what a perfectly calibrated network of the
same confidence would show on as many answers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.models.calibration import BINS
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_answers
from gestalt_regions.statistics.deepgestalt.calibrated import SMALLEST, calibrated
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.proportions import share_interval
from gestalt_regions.statistics.toolkit.table_text import number

STAGES = ("before", "after")
FLOOR_DRAWS = 1000
MEASURES = {"ece": "ECE", "loss": "Log loss"}


class Confidence:
    """How sure answers are, and whether they are right.

    Parameters
    ----------
    answers : Answers
        Of one set.
    """

    def __init__(self, answers: Answers) -> None:
        labels = answers.table["label"].map({name: k for k, name in enumerate(answers.classes)}).fillna(-1)
        codes, p = labels.to_numpy(int), answers.probabilities
        self.sure, self.right = p.max(axis=1), (p.argmax(axis=1) == codes).astype(float)
        self.bins = np.minimum((self.sure * BINS).astype(int), BINS - 1)
        true = np.where(codes >= 0, p[np.arange(len(p)), codes], 0.0)
        self.loss = -np.log(np.maximum(true, SMALLEST))

    def error(self, weights: Weights) -> np.ndarray:
        """Expected calibration error in each resample.

        Parameters
        ----------
        weights : Weights
            Of the answers.

        Returns
        -------
        numpy.ndarray
            [resamples].
        """
        gaps = np.eye(BINS)[self.bins] * (self.right - self.sure)[:, None]
        return weights.each(lambda block: np.abs(block @ gaps).sum(axis=1) / np.maximum(block.sum(axis=1), 1))

    def expected_error(self, right: np.ndarray) -> float:
        """Expected calibration error, were these answers right.

        Parameters
        ----------
        right : numpy.ndarray
            [answers], 0 or 1.

        Returns
        -------
        float
            0 to 1.
        """
        return float(np.abs(np.bincount(self.bins, right - self.sure, minlength=BINS)).sum() / len(right))

    def floor(self, rng: np.random.Generator) -> float:
        """What a perfectly calibrated network would show.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws which answers would be right.

        Returns
        -------
        float
            The mean over FLOOR_DRAWS draws.
        """
        draws = rng.random((FLOOR_DRAWS, len(self.sure))) < self.sure
        return float(np.mean([self.expected_error(draw) for draw in draws]))


def reliability(
    answers: Answers, *, resamples: int, level: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, dict[int, float]]:
    """Bins of confidence, and what sums them up, before and after calibration.

    Parameters
    ----------
    answers : Answers
        Of both sets, as the networks gave them.
    resamples : int
        Of families.
    level : float
        Of the intervals.
    seed : int
        Seed of the study.

    Returns
    -------
    bins : pandas.DataFrame
        set, stage, bin_low, bin_high, answers, confidence (mean), accuracy, low, high.
    summary : pandas.DataFrame
        set, stage, answers, images, groups, accuracy, confidence, ece, ece_floor, loss; ece_change and loss_change of
        the stage after, each with _low and _high; note.
    temperatures : dict
        Of `calibrated`.
    """
    later, heat = calibrated(answers)
    bins, summary = [], []
    for kind in SETS:
        parts = {stage: each.of_set(kind) for stage, each in zip(STAGES, (answers, later), strict=True)}
        table = parts["before"].table
        if table.empty:
            continue
        weights = Weights(table["kin_group"], resamples, seeds.generator(seed, "gestalt reliability", kind))
        groups, before = table["kin_group"].nunique(), None
        for stage, part in parts.items():
            sure = Confidence(part)
            bins += [{"set": kind, "stage": stage} | row for row in _bins(sure, weights, level)]
            draws = {"ece": sure.error(weights), "loss": weights.mean(sure.loss)}
            row = {"set": kind, "stage": stage, "answers": len(table), "images": len(part.images), "groups": groups}
            row |= {"accuracy": sure.right.mean(), "confidence": sure.sure.mean()}
            row |= {"ece": sure.expected_error(sure.right)}
            row |= {"ece_floor": sure.floor(seeds.generator(seed, "gestalt floor", kind, stage))}
            row |= {"loss": sure.loss.mean(), "note": ""}
            for name in MEASURES:
                change, low, high = np.nan, np.nan, np.nan
                if before is not None:
                    change = row[name] - before[0][name]
                    low, high = interval(draws[name] - before[1][name], level, groups)
                    row["note"] = no_interval(low, groups)
                row |= {f"{name}_change": change, f"{name}_change_low": low, f"{name}_change_high": high}
            summary.append(row)
            before = row, draws
    return pd.DataFrame(bins), pd.DataFrame(summary), heat


def _bins(sure: Confidence, weights: Weights, level: float) -> list[dict]:
    """A row for each bin that holds an answer."""
    rows = []
    for place in np.unique(sure.bins):
        inside = sure.bins == place
        part = weights.of(inside)
        low, high = share_interval(sure.right[inside].mean(), part.mean(sure.right[inside]), level, part.groups)
        row = {"bin_low": place / BINS, "bin_high": (place + 1) / BINS, "answers": int(inside.sum())}
        row |= {"confidence": sure.sure[inside].mean(), "accuracy": sure.right[inside].mean()}
        rows.append(row | {"low": low, "high": high})
    return rows


def write_reliability(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    bins_path: str,
    csv_path: str,
    tex_path: str,
    resamples: int,
    level: float,
    seed: int,
    model: str,
) -> None:
    """Write reliability_bins.csv, reliability.csv and reliability.tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of each fold.
    samples_path : str
        samples.csv.
    bins_path, csv_path, tex_path : str
        The bins, what sums them up, and that for print.
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
    answers = load_answers(prediction_paths, samples)
    bins, summary, heat = reliability(answers, resamples=resamples, level=level, seed=seed)
    simulated = read.simulated_phrase(samples)
    text = "; ".join(f"{heat[fold]:.3f}" for fold in sorted(heat))
    summary = summary.assign(temperatures=np.where(summary["stage"] == "after", text, ""), simulated=bool(simulated))
    io.write_table(bins.assign(simulated=bool(simulated)), bins_path)
    io.write_table(summary, csv_path)
    shown = pd.DataFrame({"Set": summary["set"].map(SETS), "Calibration": summary["stage"]})
    for name, title, digits in (("accuracy", "Accuracy", 3), ("confidence", "Confidence", 3), ("ece", "ECE", 3)):
        shown[title] = [number(value, digits) for value in summary[name]]
    shown["ECE by chance"] = [number(value, 3) for value in summary["ece_floor"]]
    shown["Log loss"] = [number(value, 3) for value in summary["loss"]]
    for name, title in MEASURES.items():
        cells = zip(*(summary[f"{name}_change{end}"] for end in ("", "_low", "_high")), strict=True)
        shown[f"{title}, change"] = [_change(*cell) for cell in cells]
    shown.loc[shown.duplicated("Set"), "Set"] = ""
    caption = (f"{simulated.capitalize()}. " if simulated else "") + (
        f"How far the probabilities of {model} can be trusted, before and after calibration by a temperature."
    )
    notes = [
        f"The temperature of each fold's network is fitted on the other folds: {text}. Above 1, it was too sure.",
        f"ECE: expected calibration error over {BINS} bins of confidence. By chance: of a perfectly calibrated "
        f"network. [Interval of {level:.0%}, {resamples} resamples of families].",
    ]
    io.write_text(booktabs(shown, caption, "tab:reliability", notes, "ll" + "r" * (shown.shape[1] - 2)), tex_path)


def _change(value: float, low: float, high: float) -> str:
    """`-0.012 [-0.020, -0.004]`; empty before calibration."""
    if not np.isfinite(value):
        return ""
    return f"{value:+.3f}" + (f" [{low:+.3f}, {high:+.3f}]" if np.isfinite(low) else "")
