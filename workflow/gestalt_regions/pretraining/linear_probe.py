"""The question that decides: do a backbone's frozen features tell a study's classes? Protocol: the leak table's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from gestalt_regions.checks.leak_probes import balanced_accuracy, predict
from gestalt_regions.core.io import read_array
from gestalt_regions.core.seeds import generator
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval


def frozen_features(
    net: StagedNetwork, preprocess: Preprocess, crops: str | Path, rows: np.ndarray, batch: int = 32
) -> np.ndarray:
    """Output of the last stage for some crops of the stack.

    Parameters
    ----------
    net : StagedNetwork
        The network.
    preprocess : Preprocess
        How crops become its input.
    crops : str or Path
        uint8 [N, s, s, 3], .npy.
    rows : numpy.ndarray
        Images of the stack.
    batch : int
        Images at once.

    Returns
    -------
    numpy.ndarray
        float32 [n, d].
    """
    stack = read_array(crops)
    net.eval()
    with torch.no_grad():
        parts = [net.run(preprocess(stack[rows[i : i + batch]])).numpy() for i in range(0, len(rows), batch)]
    return np.concatenate(parts)


def compare(
    seen: Mapping[str, np.ndarray], table: pd.DataFrame, *, C: float, bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """Balanced accuracy out of fold of a linear probe on each set of features, and less the first one's.

    Intervals are over whole groups, the same draws for all, so that the difference is paired.

    Parameters
    ----------
    seen : Mapping of str to numpy.ndarray
        Features [n, d] by name.
    table : pandas.DataFrame
        label, fold and bootstrap.group of the n images.
    C : float
        Inverse regularisation of the probe.
    bootstrap : Mapping
        Config bootstrap: group, n_resamples, level.
    seed : int
        The study's.

    Returns
    -------
    pandas.DataFrame
        A row each: features, images, groups, balanced_accuracy, low, high, less_first, less_low, less_high.
    """
    labels = table["label"].to_numpy(dtype=object)
    group = table[bootstrap["group"]]
    weights = Weights(group, bootstrap["n_resamples"], generator(seed, "morph", "probe"))
    rows, first = [], None
    for name, values in seen.items():
        hits = predict(values, labels, table["fold"].to_numpy(), C) == labels
        value = balanced_accuracy(hits, labels, np.ones((1, len(labels))))[0]
        draws = weights.each(partial(balanced_accuracy, hits, labels))
        first = (value, draws) if first is None else first
        row = {"features": name, "images": len(labels), "groups": group.nunique()}
        less = value - first[0], draws - first[1]
        for column, prefix, (point, drawn) in (
            ("balanced_accuracy", "", (value, draws)),
            ("less_first", "less_", less),
        ):
            low, high = interval(drawn, bootstrap["level"], weights.groups)
            row |= {column: float(point), f"{prefix}low": low, f"{prefix}high": high}
        rows.append(row)
    return pd.DataFrame(rows)
