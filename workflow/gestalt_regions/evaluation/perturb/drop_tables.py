"""What the drops themselves say: how regions add up, and how far the usual ways are from reverting by rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples, simulated_phrase
from gestalt_regions.statistics.toolkit.spearman import spearman

RENDERED, ALL = "rendered", "all"  # the way that stays among faces; all regions at once (the twin, all boxes filled)
QUANTITIES = ["logit", "probability"]
TEXT = ["sample_id", "fold", "set", "label", "target", "predicted", "way", "region"]
DROPS = [*TEXT, *QUANTITIES]
FACE = ["sample_id", "fold"]
Statistic = Callable[[np.ndarray], np.ndarray]  # weights [B, n] of n items -> [B]
INTERACTIONS = ["fold", "quantity", "what", "images", "subjects", "value", "low", "high", "level"]
MANIFOLD = [
    "way",
    "region",
    "quantity",
    "fold",
    "measure",
    "images",
    "subjects",
    "rows",
    "value",
    "low",
    "high",
    "level",
]


def read_drops(paths: Sequence[str]) -> pd.DataFrame:
    """The drops of several folds.

    Parameters
    ----------
    paths : sequence of str
        A table DROPS of each fold.

    Returns
    -------
    DataFrame
        DROPS.
    """
    return pd.concat([read_table(path, DROPS, TEXT) for path in paths], ignore_index=True)


def of_answer(drops: pd.DataFrame, way: str, quantity: str) -> pd.DataFrame:
    """Drops of the predicted class under one way.

    Parameters
    ----------
    drops : DataFrame
        DROPS.
    way : str
        RENDERED, or one of fills.FILLS.
    quantity : str
        Of QUANTITIES.

    Returns
    -------
    DataFrame
        A row for each face and fold, a column for each region and ALL. NaN for a region with nothing to revert
        (rendered),
        or without a pixel (the other ways).
    """
    part = drops[(drops["way"] == way) & (drops["target"] == drops["predicted"])]
    return part.pivot_table(index=FACE, columns="region", values=quantity, sort=False)


def interactions(wide: pd.DataFrame) -> pd.DataFrame:
    """How regions add up in each face.

    Parameters
    ----------
    wide : DataFrame
        What `of_answer` gives.

    Returns
    -------
    DataFrame
        all (everything reverted at once), sum (of one region at a time) and interaction (all minus sum) of each face.
    """
    single = wide.drop(columns=ALL).sum(axis=1)
    return pd.DataFrame({"all": wide[ALL], "sum": single, "interaction": wide[ALL] - single})


def _folds(table: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """(fold, which rows), all of them first; the index has FACE."""
    fold = table.index.get_level_values("fold")
    return [(ALL, np.ones(len(table), bool)), *((name, fold == name) for name in sorted(fold.unique()))]


class Resampled:
    """Statistics of faces (index FACE) in every resample of kin groups, each fold for itself.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """

    def __init__(self, samples: pd.DataFrame, bootstrap: Mapping, seed: int) -> None:
        self.samples, self.bootstrap, self.seed = samples, bootstrap, seed

    def __call__(self, index: pd.MultiIndex, fold: str, statistic: Statistic) -> dict[str, object]:
        """images, subjects, value and interval of statistic(weights [B, n]) -> [B] over the items of `index`."""
        who = join_samples(index.to_frame(index=False), self.samples, "drops")
        rng = generator(self.seed, "evaluation", fold)
        weights = Weights(who[self.bootstrap["group"]], self.bootstrap["n_resamples"], rng)
        low, high = interval(weights.each(statistic), self.bootstrap["level"], weights.groups)
        counts = {"images": who["sample_id"].nunique(), "subjects": who["subject_id"].nunique()}
        value = statistic(np.ones((1, len(who))))[0]
        return {**counts, "value": value, "low": low, "high": high, "level": self.bootstrap["level"]}


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=1)
    return np.divide(weights @ values, total, out=np.full(len(total), np.nan), where=total > 0)


def mean_of(values: np.ndarray) -> Statistic:
    """The mean of some items, for `Resampled`.

    Parameters
    ----------
    values : ndarray
        float64 [n], without NaN.

    Returns
    -------
    callable
        weights [B, n] -> weighted means [B]; NaN where all weights are 0.
    """
    return partial(_weighted_mean, values)


def interaction_table(drops: pd.DataFrame, resampled: Resampled) -> pd.DataFrame:
    """Means over faces of the rendered drops.

    Parameters
    ----------
    drops : DataFrame
        DROPS of all folds.
    resampled : Resampled
        What gives statistics their intervals.

    Returns
    -------
    DataFrame
        INTERACTIONS.
    """
    rows = []
    for quantity in QUANTITIES:
        table = interactions(of_answer(drops, RENDERED, quantity))
        for fold, kept in _folds(table):
            for what in table.columns:
                values = resampled(table.index[kept], fold, mean_of(table[what].to_numpy()[kept]))
                rows.append({"fold": fold, "quantity": quantity, "what": what, **values})
    return pd.DataFrame(rows, columns=INTERACTIONS)


def _both_ways(drops: pd.DataFrame, way: str, quantity: str) -> tuple[pd.DataFrame, list[str]]:
    """Drops of a way and of rendering (columns way, rendered) by face and region; and the regions without ALL."""
    filled, rendered = of_answer(drops, way, quantity), of_answer(drops, RENDERED, quantity)
    names = [name for name in filled.columns if name != ALL]
    beside = rendered.reindex(index=filled.index, columns=filled.columns)
    beside[names] = beside[names].fillna(0)
    return pd.DataFrame({"way": filled.stack(), "rendered": beside.stack()}).dropna(), names  # noqa: PD013


def manifold_table(drops: pd.DataFrame, resampled: Resampled) -> pd.DataFrame:
    """How far each usual way is from rendering, for each region, the published ones together (`regions`) and ALL.

    A region whose signs a face does not show has nothing to revert: its rendered drop is 0.

    Parameters
    ----------
    drops : DataFrame
        DROPS of all folds.
    resampled : Resampled
        What gives statistics their intervals.

    Returns
    -------
    DataFrame
        MANIFOLD: drop_rendered and drop (means), distance (mean absolute difference) and spearman (over faces and
        regions).
    """
    rows = []
    for quantity in QUANTITIES:
        for way in [way for way in drops["way"].unique() if way != RENDERED]:
            pairs, names = _both_ways(drops, way, quantity)
            at = pairs.index.get_level_values("region")
            for region in ["regions", *names, ALL]:
                part = pairs[at.isin(names) if region == "regions" else at == region].droplevel("region")
                x, y = part["way"].to_numpy(), part["rendered"].to_numpy()
                for fold, kept in _folds(part):
                    a, b = x[kept], y[kept]
                    statistics: dict[str, Statistic] = {
                        "drop_rendered": mean_of(b),
                        "drop": mean_of(a),
                        "distance": mean_of(np.abs(a - b)),
                        "spearman": partial(spearman, a, b),
                    }
                    for measure, statistic in statistics.items():
                        cell = {"way": way, "region": region, "quantity": quantity, "fold": fold, "measure": measure}
                        rows.append({**cell, "rows": len(a), **resampled(part.index[kept], fold, statistic)})
    return pd.DataFrame(rows, columns=MANIFOLD)


def write_tables(
    paths: Sequence[str], samples: str, outputs: Mapping[str, str], *, bootstrap: Mapping, seed: int
) -> None:
    """Write the drops of all folds, and what they say themselves.

    Parameters
    ----------
    paths : sequence of str
        A table DROPS of each fold.
    samples : str
        Path of samples.csv.
    outputs : mapping of str to path
        drops (all folds), interactions and manifold.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    faces = load_samples(samples, ())
    drops, resampled, simulated = read_drops(paths), Resampled(faces, bootstrap, seed), bool(simulated_phrase(faces))
    write_table(drops, outputs["drops"])
    write_table(interaction_table(drops, resampled).assign(simulated=simulated), outputs["interactions"])
    write_table(manifold_table(drops, resampled).assign(simulated=simulated), outputs["manifold"])
