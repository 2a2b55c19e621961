"""Which images each fold's model explains: its own judged fold (RQ1) and the held-out annotated set (RQ2)."""

from __future__ import annotations

import math

import pandas as pd

from gestalt_regions.core.io import write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.folds.fold_table import fold_table


def _pick(part: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """At most n rows (0: all), one subject after another so that few images still mean many subjects."""
    part = part.assign(order=[derive(seed, "explain", s) for s in part.sample_id]).sort_values("order")
    part["turn"] = part.groupby("subject_id").cumcount()
    part = part.sort_values(["turn", "order"])
    return part.head(n) if n else part


def select(table: pd.DataFrame, folds_per_class: int, heldout_per_class: int, seed: int) -> pd.DataFrame:
    """The images that are explained.

    Parameters
    ----------
    table : pandas.DataFrame
        row, sample_id, label, subject_id, fold.
    folds_per_class : int
        Images of each class that are explained over all folds together, each by the one model that has not seen it; 0:
        all.
    heldout_per_class : int
        Images of each held-out class that are explained by every fold's model; 0: all.
    seed : int
        The study's.

    Returns
    -------
    pandas.DataFrame
        fold, sample_id, row, set, label.
    """
    names = sorted(table.fold[table.fold != "heldout"].unique(), key=int)
    parts = []
    for k, fold in enumerate(names):
        for label, group in table[table.fold == fold].groupby("label"):
            share = math.ceil((folds_per_class - k) / len(names)) if folds_per_class else 0
            if folds_per_class and share <= 0:
                continue
            parts.append(_pick(group, share, seed).assign(fold=fold, set="folds", label=label))
        for label, group in table[table.fold == "heldout"].groupby("label"):
            parts.append(_pick(group, heldout_per_class, seed).assign(fold=fold, set="heldout", label=label))
    chosen = pd.concat(parts)
    chosen["fold_number"] = chosen.fold.astype(int)
    chosen = chosen.sort_values(["fold_number", "set", "row"])
    return chosen[["fold", "sample_id", "row", "set", "label"]].reset_index(drop=True)


def select_explained(
    index: str, folds: str, output: str, *, folds_per_class: int, heldout_per_class: int, seed: int
) -> None:
    """Write the table of the images that are explained.

    Parameters
    ----------
    index, folds : str
        The stack's index and the folds, CSV.
    output : str
        CSV: fold, sample_id, row, set, label.
    folds_per_class, heldout_per_class : int
        As `select`.
    seed : int
        The study's.
    """
    write_table(select(fold_table(index, folds), folds_per_class, heldout_per_class, seed), output)
