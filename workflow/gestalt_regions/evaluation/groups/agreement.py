"""Group agreement: maps of the same held-out image by the models of all folds."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.perturb.map_similarity import SIGN, agreements, stored_coefficients
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, Regions, long_table

log = logging.getLogger("gestalt_regions")


def write_agreement(maps: Maps, output: str, *, sets: Mapping[str, Regions], policies: Mapping[str, Mapping]) -> None:
    """Write how far the models of all folds agree about each held-out image; a row is one model's.

    Parameters
    ----------
    maps : Maps
        The stored maps of one method.
    output : str
        Path of the table LONG.
    sets, policies : mapping
        Region sets, and policies of coefficients (config saliency).
    """
    rows = maps.rows[(maps.rows["network"] == TRAINED) & (maps.rows["set"] == "heldout")].reset_index(drop=True)
    functions = per_image("agreement")
    values: dict[tuple[str, str, str], np.ndarray] = {}

    def _keep(key: tuple[str, str, str], at: pd.Index, correlations: Sequence[np.ndarray]) -> None:
        column = values.setdefault(key, np.full(len(rows), np.nan))
        column[at] = [functions[key[2]](one) for one in correlations]

    for _, part in rows.groupby("sample_id", sort=False):
        stored, targets = np.stack([maps[line] for line in part.itertuples()]), part["target"].tolist()
        _keep(("", SIGN, "fold_rank"), part.index, agreements(list(stored[:, 1]), targets))
        by_set = stored_coefficients(stored, part["sample_id"].tolist(), sets, policies)
        for name, coefficients in by_set.items():
            for k, policy in enumerate(policies):
                defined = np.isfinite(coefficients[:, k]).all(0)
                alike = agreements(list(coefficients[:, k, defined]), targets)
                _keep((name, policy, "fold_coefficients"), part.index, alike)
    log.info("%d maps of %d held-out faces", len(rows), rows["sample_id"].nunique())
    write_table(long_table(rows, values), output)
