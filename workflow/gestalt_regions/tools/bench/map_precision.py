"""What it would cost to store maps as float16.

python -m gestalt_regions.tools.bench.map_precision results/<cohort>/<model>

Reads the maps of a finished study (float32), rounds them, and compares the region coefficients.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS, image_coefficients

POLICIES = {f"absolute_{scale}": {"sign": "absolute", "scale": scale} for scale in ("raw", "minmax")}


def _plain(maps: np.ndarray) -> np.ndarray:
    return maps.astype(np.float16).astype(np.float32)


def _scaled(maps: np.ndarray) -> np.ndarray:
    """Each map divided by its largest value first, which would be stored beside it."""
    top = np.abs(maps).max((2, 3), keepdims=True)
    top = np.where(top > 0, top, 1)
    return _plain(maps / top) * top


ROUNDINGS = {"float16": _plain, "float16, scaled per map": _scaled}


def _coefficients(maps: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """[n, policies, regions] of maps [n, 2, s, s] and region maps [n, s, s]."""
    pairs = zip(maps, regions, strict=True)
    return np.stack([image_coefficients(each, where, len(PAPER_REGION_IDS), POLICIES)[0] for each, where in pairs])


def effect(maps: np.ndarray, regions: np.ndarray) -> list[dict]:
    """Round maps and compare the region coefficients.

    Parameters
    ----------
    maps : ndarray
        float32 [n, 2, s, s].
    regions : ndarray
        Region ids [n, s, s].

    Returns
    -------
    list of dict
        One row for each rounding and policy: the largest relative change of a coefficient, the share of ranks of images
        in a region that change, one minus the lowest rank correlation of a region.
    """
    rows = []
    for rounding, cast in ROUNDINGS.items():
        both = [_coefficients(each, regions) for each in (maps, cast(maps))]
        for k, policy in enumerate(POLICIES):
            before, after = (each[:, k] for each in both)
            ranks = [stats.rankdata(c, axis=0) for c in (before, after)]
            change = np.abs(after - before) / np.abs(before)
            lowest = min(stats.spearmanr(before[:, i], after[:, i]).statistic for i in range(before.shape[1]))
            moved = float((ranks[0] != ranks[1]).mean())
            rows.append(
                {"stored as": rounding, "policy": policy, "largest change": np.nanmax(change)}
                | {"ranks that change": moved, "1 - Spearman": 1 - lowest}
            )
    return rows


def main(model: str) -> pd.DataFrame:
    """Compare for every method of the first fold.

    Parameters
    ----------
    model : str
        results/<cohort>/<model>.

    Returns
    -------
    DataFrame
        `effect` of every method.
    """
    faces = Path(model).parent / "faces"
    index = read_table(faces / "index.csv", ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    rows = []
    for path in sorted(Path(model).glob("fold-1/saliency/*.npy")):
        maps = np.array(read_array(path))
        samples = read_table(path.with_suffix(".csv"), ["sample_id"], strings=["sample_id"]).sample_id
        regions = read_array(faces / f"regions_{maps.shape[-1]}.npy")[index[samples].to_numpy()]
        rows += [{"method": path.stem, "n": len(maps), **row} for row in effect(maps, regions)]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    print(main(sys.argv[1]).to_string(index=False, float_format=lambda value: f"{value:.2g}"))
