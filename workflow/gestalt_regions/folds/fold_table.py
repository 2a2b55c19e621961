"""Joins of the study's CSV files that several stages need."""

from __future__ import annotations

import pandas as pd

from gestalt_regions.core.io import read_table


def fold_table(index: str, folds: str) -> pd.DataFrame:
    """Join index and folds: one row per usable image.

    Parameters
    ----------
    index : path
        faces/index.csv.
    folds : path
        folds.csv.

    Returns
    -------
    DataFrame
        row (in the stacks), sample_id, label, subject_id, kin_group, fold.
    """
    keys = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    rows = read_table(index, ["row", "sample_id"], strings=["sample_id"])[["row", "sample_id"]]
    return rows.merge(read_table(folds, keys, strings=keys)[keys], on="sample_id", validate="one_to_one")
