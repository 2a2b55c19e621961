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


def write_agreement(
    maps: Maps, output: str, *, regions: Mapping[str, Regions], policies: Mapping[str, Mapping]
) -> None:
    """The stored maps of each held-out image by the models of all folds; a row is one model's."""
    rows = maps.rows[(maps.rows["network"] == TRAINED) & (maps.rows["set"] == "heldout")].reset_index(drop=True)
    functions, values = per_image("agreement"), {}

    def keep(key: tuple[str, str, str], at: pd.Index, found: Sequence[np.ndarray]) -> None:
        column = values.setdefault(key, np.full(len(rows), np.nan))
        column[at] = [functions[key[2]](one) for one in found]

    for _, part in rows.groupby("sample_id", sort=False):
        stored, targets = np.stack([maps[line] for line in part.itertuples()]), part["target"].tolist()
        keep(("", SIGN, "fold_rank"), part.index, agreements(list(stored[:, 1]), targets))
        for name, found in stored_coefficients(stored, part["sample_id"].tolist(), regions, policies).items():
            for k, policy in enumerate(policies):
                defined = np.isfinite(found[:, k]).all(0)
                alike = agreements(list(found[:, k, defined]), targets)
                keep((name, policy, "fold_coefficients"), part.index, alike)
    log.info("%d maps of %d held-out faces", len(rows), rows["sample_id"].nunique())
    write_table(long_table(rows, values), output)
