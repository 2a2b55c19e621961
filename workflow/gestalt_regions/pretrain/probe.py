"""The question that decides: do a backbone's frozen features tell the classes of the study's faces?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gestalt_regions.io import read_array
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.seeds import derive, generator
from gestalt_regions.statistics.resample import cluster_weights, interval


def features(net: StagedNetwork, preprocess: Preprocess, crops: str | Path, batch: int = 32) -> np.ndarray:
    """Output of the last stage for every crop, float32 [n, d]."""
    stack = read_array(crops)
    net.eval()
    with torch.no_grad():
        parts = [net.run(preprocess(stack[i : i + batch])).numpy() for i in range(0, len(stack), batch)]
    return np.concatenate(parts)


def correct(x: np.ndarray, table: pd.DataFrame, folds: int, seed: int) -> np.ndarray:
    """Whether each face is recognised when its kin are left out: bool [n]. table: label, kin_group.

    Logistic regression on standardised features (scikit-learn's default strength), stratified and grouped folds.
    """
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=derive(seed, "probe") % 2**32)
    right = np.zeros(len(x), bool)
    for fit, judged in splitter.split(x, table.label, table.kin_group):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        model.fit(x[fit], table.label.iloc[fit])
        right[judged] = model.predict(x[judged]) == table.label.iloc[judged]
    return right


def accuracies(right: Mapping[str, np.ndarray], table: pd.DataFrame, n_resamples: int, level: float, seed: int):
    """One row a probe, and the difference of each from the first: both with intervals over whole kin groups."""
    weights = cluster_weights(table.kin_group.tolist(), n_resamples, generator(seed, "probe", "bootstrap"))
    weights /= weights.sum(1, keepdims=True)
    first = next(iter(right))
    rows = []
    for name, hits in right.items():
        low, high = interval(weights @ hits, level)
        row = {"features": name, "n": len(hits), "accuracy": hits.mean(), "low": low, "high": high}
        low, high = interval(weights @ (hits.astype(float) - right[first]), level)
        rows.append(row | {"less_first": hits.mean() - right[first].mean(), "less_low": low, "less_high": high})
    return pd.DataFrame(rows)
