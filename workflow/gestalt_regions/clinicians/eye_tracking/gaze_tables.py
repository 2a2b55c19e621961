"""The tables of eye-tracking: scores with intervals, and how far centre bias alone comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking import duong_measures, gaze_measures
from gestalt_regions.clinicians.eye_tracking import gaze_baselines as base
from gestalt_regions.clinicians.eye_tracking.gaze_scores import EACH
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval

ALL_MEASURES = gaze_measures.MEASURES | duong_measures.MEASURES
SCORES = ["group", "gaze", "measure", "method", "kind", "value", "low", "high"]
SCORES += ["difference", "difference_low", "difference_high", "faces", "kin_groups", "readers", "direction", "note"]
BOUNDS = ["group", "gaze", "measure", "uniform", "centre_bias", "truth", "other_readers", "centre_share"]
BOUNDS += ["truth_minus_centre", "low", "high", "faces", "readers"]


def _resampled(table: np.ndarray, families: np.ndarray, readers: np.ndarray) -> np.ndarray:
    """Weighted mean of values [F, R] in each resample, of weights [B, F] and [B, R]; NaN is no value."""
    there = np.isfinite(table)
    total = ((families @ np.where(there, table, 0)) * readers).sum(axis=1)
    weight = ((families @ there) * readers).sum(axis=1)
    return np.divide(total, weight, out=np.full(len(total), np.nan), where=weight > 0)


def _kind(method: str, controls: Sequence[str]) -> str:
    if method.startswith(base.READERS_OF):
        return base.CEILING
    return base.KINDS.get(method, base.CONTROL if method in controls else base.METHOD)


def score_table(
    values: pd.DataFrame,
    kin: Mapping[str, str],
    controls: Sequence[str],
    *,
    n_resamples: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """Means with intervals, and paired differences to the centre bias.

    Parameters
    ----------
    values : DataFrame
        gaze_scores.VALUES.
    kin : mapping
        Face -> kin group.
    controls : sequence of str
        Methods that are controls.
    n_resamples, level, seed : int, float, int
        Of the bootstrap: kin groups of faces and, for each reader, readers are drawn.

    Returns
    -------
    DataFrame
        SCORES. An interval needs ten kin groups and, for each reader, ten readers. The difference is of the same
        readers and faces, a method's value minus that of the centre bias.
    """
    lines = []
    for (group, gaze), part in values.groupby(["group", "gaze"], sort=False):
        faces, readers = sorted(part["face"].unique()), sorted(part["reader"].unique())
        rng = generator(seed, "eye_tracking", "scores", group, gaze)
        of_faces = Weights([kin[face] for face in faces], n_resamples, rng)[slice(None)]
        of_readers = Weights(readers, n_resamples, rng)[slice(None)] if gaze == EACH else np.ones((n_resamples, 1))
        for measure, of_measure in part.groupby("measure", sort=False):
            tables = {
                method: each.pivot_table("value", "face", "reader", aggfunc="first").reindex(
                    index=faces, columns=readers
                )
                for method, each in of_measure.groupby("method", sort=False)
            }
            centre = tables[base.CENTRE_BIAS].to_numpy()
            for method, table in tables.items():
                array = table.to_numpy()
                there = np.isfinite(array)
                families = len({kin[face] for face in np.array(faces)[there.any(axis=1)]})
                people = int(there.any(axis=0).sum()) if gaze == EACH else 0
                fewest = min(families, people) if gaze == EACH else families
                low, high = interval(_resampled(array, of_faces, of_readers), level, fewest)
                apart = array - centre
                ends = interval(_resampled(apart, of_faces, of_readers), level, fewest)
                mean, gap = (float(np.nanmean(each)) if there.any() else np.nan for each in (array, apart))
                counts = int(there.any(axis=1).sum()), families, people
                direction, said = ALL_MEASURES[measure].direction, no_interval(low, fewest)
                kind = _kind(method, controls)
                lines.append(
                    (group, gaze, measure, method, kind, mean, low, high, gap, *ends, *counts, direction, said)
                )
    return pd.DataFrame(lines, columns=SCORES)


def bounds_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Of each group and measure: chance, floor and ceiling, and how far from chance to ceiling centre bias comes.

    Parameters
    ----------
    scores : DataFrame
        SCORES.

    Returns
    -------
    DataFrame
        BOUNDS. centre_share is (centre bias - uniform) / (other readers - uniform): a measure with a high one rewards
        a map that knows the middle of the picture and nothing else; it is empty where the ceiling's interval holds the
        value of a uniform map. truth is the change map of simulated faces.
    """
    lines = []
    for (group, gaze, measure), part in scores.groupby(["group", "gaze", "measure"], sort=False):
        at = part.set_index("method")
        uniform, centre, truth, others = (
            at["value"].get(name, np.nan) for name in (base.UNIFORM, base.CENTRE_BIAS, base.TRUTH, base.OTHER_READERS)
        )
        ends = [at[name].get(base.OTHER_READERS, np.nan) for name in ("low", "high")]
        chance = ends[0] <= uniform <= ends[1] or others == uniform  # readers agree no better than by chance
        share = np.nan if chance else (centre - uniform) / (others - uniform)
        gap = [at[name].get(base.TRUTH, np.nan) for name in ("difference", "difference_low", "difference_high")]
        counts = at["faces"].max(), at["readers"].max()
        lines.append((group, gaze, measure, uniform, centre, truth, others, share, *gap, *counts))
    return pd.DataFrame(lines, columns=BOUNDS)
