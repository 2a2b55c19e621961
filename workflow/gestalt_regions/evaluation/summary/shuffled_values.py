"""Values of regions from networks that were trained on shuffled labels, beside those of the fold's own networks.

A network that learned from chance uses something, and its values should say what that is: an explanation that tells
the trained network's story of it looks at the face, not at the network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.perturb.drop_tables import ALL, RENDERED, Resampled, Statistic, mean_of, read_drops
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.saliency.explanation import read_fold_values
from gestalt_regions.statistics.toolkit.read import load_samples, simulated_phrase
from gestalt_regions.statistics.toolkit.spearman import spearman

SHUFFLED = "shuffled labels"
KEYS = ["sample_id", "fold", "target", "region"]
MEASURES = {  # name -> what it says of the values of one network in recognised faces
    "amount": "mean amount of a value, logits",
    "drop_amount": "mean amount of the network's own rendered fall, logits",
    "error": "mean distance from the network's own rendered fall, logits",
    "spearman_own": "Spearman correlation with the network's own rendered fall, over faces and regions",
    "spearman_trained": "the same with the rendered fall of the network that was trained on the true labels",
}
COLUMNS = ["method", "network", "measure", "images", "subjects", "rows", "value", "low", "high", "level"]


def recognised_drops(drops: pd.DataFrame) -> pd.Series:
    """The rendered falls of the published regions in faces that their own network recognises.

    Parameters
    ----------
    drops : DataFrame
        DROPS of all folds.

    Returns
    -------
    Series
        KEYS -> logits.
    """
    kept = (drops["way"] == RENDERED) & (drops["region"] != ALL)
    kept &= (drops["target"] == drops["label"]) & (drops["predicted"] == drops["label"])
    return drops[kept].set_index(KEYS)["logit"]


def _lines(values: pd.Series, own: pd.Series, trained: pd.Series, resampled: Resampled) -> list[dict[str, object]]:
    """A line for each of MEASURES."""
    rows = pd.DataFrame({"value": values, "own": own, "trained": trained}).dropna()
    x, y, z = (rows[name].to_numpy() for name in ("value", "own", "trained"))
    statistics: dict[str, Statistic] = {
        "amount": mean_of(np.abs(x)),
        "drop_amount": mean_of(np.abs(y)),
        "error": mean_of(np.abs(x - y)),
        "spearman_own": partial(spearman, x, y),
        "spearman_trained": partial(spearman, x, z),
    }
    index = pd.MultiIndex.from_frame(rows.index.to_frame()[["sample_id", "fold"]])
    return [
        {"measure": name, "rows": len(rows), **resampled(index, ALL, statistic)}
        for name, statistic in statistics.items()
    ]


def write_shuffled_values(
    inputs: Mapping[str, Sequence[str]],
    output: str,
    *,
    folds: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write what values of regions are on networks of true and of shuffled labels.

    Parameters
    ----------
    inputs : mapping of str to paths
        Of every fold: drops and drops_shuffled (DROPS), and of every method values and values_shuffled, method by
        method; samples.
    output : str
        Path of the table: COLUMNS and simulated.
    folds : sequence of str
        The folds.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    samples = load_samples(str(inputs["samples"]), ())
    resampled = Resampled(samples, bootstrap, seed)
    trained, shuffled = (recognised_drops(read_drops(inputs[key])) for key in ("drops", "drops_shuffled"))
    table = []
    for start in range(0, len(inputs["values"]), len(folds)):
        paths, others = (inputs[key][start : start + len(folds)] for key in ("values", "values_shuffled"))
        method = Path(paths[0]).stem.removesuffix("_values")
        for network, files, own in ((TRAINED, paths, trained), (SHUFFLED, others, shuffled)):
            lines = _lines(read_fold_values(files, folds).set_index(KEYS)["value"], own, trained, resampled)
            table += [{"method": method, "network": network, **line} for line in lines]
    simulated = bool(simulated_phrase(samples))
    write_table(pd.DataFrame(table, columns=COLUMNS).assign(simulated=simulated), output)
