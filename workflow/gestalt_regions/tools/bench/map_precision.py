"""What it costs to store maps with three digits (config saliency.format: float16).

python -m gestalt_regions.tools.bench.map_precision results/<cohort>/<model>

Reads the maps of a finished study (float32), packs them, and compares sizes and region coefficients.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.packed_stack import pack, unpack, write_packed
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS, image_coefficients

POLICIES = {  # the default study's
    name: dict(zip(("sign", "scale"), name.split("_"), strict=True))
    for name in ("absolute_raw", "absolute_minmax", "absolute_sum", "positive_raw", "signed_raw")
}


def rounded(maps: np.ndarray) -> np.ndarray:
    """Maps as they are after packing.

    Parameters
    ----------
    maps : ndarray of float32 [n, 2, s, s]
        The maps.

    Returns
    -------
    ndarray of float32 [n, 2, s, s]
        With three digits.
    """
    return np.stack([unpack(*pack(each)) for each in maps])


def _coefficients(maps: np.ndarray, regions: np.ndarray, policies: Mapping[str, Mapping] = POLICIES) -> np.ndarray:
    """[n, policies, regions] of maps [n, 2, s, s] and region maps [n, s, s]."""
    pairs = zip(maps, regions, strict=True)
    return np.stack([image_coefficients(each, where, len(PAPER_REGION_IDS), policies)[0] for each, where in pairs])


def effect(maps: np.ndarray, regions: np.ndarray) -> list[dict]:
    """Pack maps and compare the region coefficients.

    A signed coefficient is a difference, near zero for some faces. So its change is given as a share of the mean
    magnitude in the region.

    Parameters
    ----------
    maps : ndarray
        float32 [n, 2, s, s].
    regions : ndarray
        Region ids [n, s, s].

    Returns
    -------
    list of dict
        One row for each policy: the largest change of a coefficient, the share of ranks of images in a region that
        change, one minus the lowest rank correlation of a region.
    """
    rows = []
    before, after = (_coefficients(each, regions) for each in (maps, rounded(maps)))
    magnitudes = _coefficients(np.abs(maps), regions, {"signed_raw": POLICIES["signed_raw"]})[:, 0]
    for k, policy in enumerate(POLICIES):
        old, new = before[:, k], after[:, k]
        unit = magnitudes if policy.startswith("signed") else np.abs(old)
        ranks = [stats.rankdata(c, axis=0) for c in (old, new)]
        lowest = min(stats.spearmanr(old[:, i], new[:, i]).statistic for i in range(old.shape[1]))
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.where(new == old, 0, np.abs(new - old) / unit)
        rows.append(
            {"policy": policy, "largest change": np.nanmax(change)}
            | {
                "ranks that change": float((~np.isclose(ranks[0], ranks[1], equal_nan=True)).mean()),
                "1 - Spearman": 1 - lowest,
            }
        )
    return rows


def share_of_bytes(maps: np.ndarray) -> float:
    """How large the packed maps are.

    Parameters
    ----------
    maps : ndarray
        float32 [n, 2, s, s].

    Returns
    -------
    float
        Bytes of the file, as a share of those of float32.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "maps.npz"
        write_packed(path, maps.shape, [maps])
        return path.stat().st_size / maps.nbytes


def main(model: str) -> pd.DataFrame:
    """Compare for every method of the first fold.

    Parameters
    ----------
    model : str
        results/<cohort>/<model>.

    Returns
    -------
    DataFrame
        `effect` of every method, with its share of zeros and of float32's bytes.
    """
    faces = Path(model).parent / "faces"
    index = read_table(faces / "index.csv", ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    rows = []
    for path in sorted(Path(model).glob("fold-1/saliency/*.npy")):
        if path.stem.endswith("_pictures"):
            continue
        maps = np.array(read_array(path))
        samples = read_table(path.with_suffix(".csv"), ["sample_id"], strings=["sample_id"]).sample_id
        regions = read_array(faces / f"regions_{maps.shape[-1]}.npy")[index[samples].to_numpy()]
        facts = {"method": path.stem, "n": len(maps), "zeros": float((maps == 0).mean()), "size": share_of_bytes(maps)}
        rows += [{**facts, **row} for row in effect(maps, regions)]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    print(main(sys.argv[1]).to_string(index=False, float_format=lambda value: f"{value:.2g}"))
