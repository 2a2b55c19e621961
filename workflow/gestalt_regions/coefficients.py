"""Region coefficients: the mean of a saliency map over each face region (Sümer 2023, equation 4)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.errors import InputError, nearest
from gestalt_regions.io import read_array, read_table, write_table

log = logging.getLogger("gestalt_regions")
REGIONS = {"eyes": 1, "nose": 2, "mouth": 3}  # ids in the stack of published region boxes
BLOCK = 256  # images read from the maps at a time


def _signed(maps: np.ndarray) -> np.ndarray:
    return maps[:, 0]


def _absolute(maps: np.ndarray) -> np.ndarray:
    return maps[:, 1]


def _positive(maps: np.ndarray) -> np.ndarray:
    return np.maximum(maps[:, 0], 0)


def _minmax(maps: np.ndarray) -> np.ndarray:
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    return (maps - low) / np.where(high > low, high - low, np.nan)


def _sum(maps: np.ndarray) -> np.ndarray:
    total = np.abs(maps).sum((1, 2), keepdims=True)
    return maps / np.where(total > 0, total, np.nan)


SIGNS = {"absolute": _absolute, "positive": _positive, "signed": _signed}
SCALES = {"raw": lambda maps: maps, "minmax": _minmax, "sum": _sum}


def apply_policy(maps: np.ndarray, sign: str, scale: str) -> np.ndarray:
    """Stored maps [n, 2, s, s] (signed and absolute channel sums) -> float64 [n, s, s] under a policy.

    sign: absolute (sum over channels of |a|, as published), positive, signed. scale: raw (the published RQ1 code),
    minmax (per image to [0, 1]: the text and the RQ2 code), sum (absolute values sum to one). A constant map cannot be
    scaled by minmax, nor an empty one by sum: those maps are NaN.
    """
    return SCALES[scale](SIGNS[sign](maps.astype(np.float64)))


def coefficients(maps: np.ndarray, regions: np.ndarray, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Equation 4 for maps [n, s, s] and region ids [n, s, s]: means [n, len(ids)] and areas in pixels [n, len(ids)].

    A region without a pixel has no coefficient (NaN).
    """
    masks = np.stack([regions == i for i in ids], 1).reshape(len(maps), len(ids), -1)
    areas = masks.sum(2)
    sums = np.einsum("nrp,np->nr", masks, maps.reshape(len(maps), -1))
    return np.where(areas > 0, sums / np.maximum(areas, 1), np.nan), areas


def coefficient_table(
    maps: Sequence[str], indices: Sequence[str], folds: Sequence[str], faces: str, regions: str, policies: dict
) -> pd.DataFrame:
    """Long form: sample_id, fold, set, label, target, region, policy, area, coefficient; folds in the order given."""
    rows = read_table(faces, ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    region_stack, parts = read_array(regions), []
    for path, index_path, fold in zip(maps, indices, folds, strict=True):
        stack = read_array(path)
        index = read_table(index_path, ["row", "sample_id", "set", "label", "target"], strings=["sample_id"])
        if len(index) != len(stack) or stack.shape[2:] != region_stack.shape[1:]:
            raise InputError(f"{path} {stack.shape} does not fit {index_path} ({len(index)} rows) and {regions}")
        missing = index.sample_id[~index.sample_id.isin(rows.index)]
        if len(missing):
            first = missing.iloc[0]
            raise InputError(f"{index_path}: sample {first!r} is not in {faces}; {nearest(first, rows.index)}")
        for start in range(0, len(index), BLOCK):
            part = index.iloc[start : start + BLOCK]
            masks = np.asarray(region_stack[rows.loc[part.sample_id].to_numpy()])
            stored = np.asarray(stack[start : start + len(part)])
            for name, policy in policies.items():
                values, areas = coefficients(apply_policy(stored, **policy), masks, list(REGIONS.values()))
                for i, region in enumerate(REGIONS):
                    columns = {"region": region, "policy": name, "area": areas[:, i], "coefficient": values[:, i]}
                    about = part[["sample_id", "set", "label", "target"]].reset_index(drop=True)
                    about.insert(1, "fold", fold)
                    parts.append(about.assign(**columns))
    return pd.concat(parts, ignore_index=True)


def write_coefficients(output: str, **inputs) -> None:
    """`coefficient_table` to CSV; the log states how many coefficients are undefined."""
    table = coefficient_table(**inputs)
    undefined = int(table.coefficient.isna().sum())
    log.info("%d coefficients of %d images, %d undefined", len(table), table.sample_id.nunique(), undefined)
    write_table(table, output)
