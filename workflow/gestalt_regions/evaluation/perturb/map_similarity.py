"""How alike are two maps of the same image? All functions take batches and give one value for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from skimage.metrics import structural_similarity

from gestalt_regions.evaluation.scored_maps import Regions
from gestalt_regions.regions.coefficients import image_coefficients

SIGN = "absolute"  # of the maps compared, as in the core paper's coefficients


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row of a with that of b; NaN where either is constant."""
    a, b = (values - values.mean(1, keepdims=True) for values in (a, b))
    norm = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return np.divide((a * b).sum(1), norm, out=np.full(len(a), np.nan), where=norm > 0)


def ranks(maps: np.ndarray) -> np.ndarray:
    """Average ranks of the pixels of each map: float64 [n, h w] of [n, h, w]."""
    return pd.DataFrame(maps.reshape(len(maps), -1).T).rank().to_numpy().T


def rank_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman correlation of the pixels of maps [n, h, w]; NaN for a constant map (Adebayo et al., 2018, section 4).

    The maps are taken as they are: give absolute values for correlations "without signs".
    """
    return _correlation(ranks(a), ranks(b))


def _unit(image: np.ndarray) -> np.ndarray:
    low, high = image.min(), image.max()
    return (image - low) / (high - low) if high > low else np.zeros_like(image)


def structure_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """SSIM (Wang et al., 2004: Gaussian window of sd 1.5) of maps [n, h, w], each scaled to [0, 1] first."""
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    pairs = zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    return np.array([structural_similarity(_unit(one), _unit(other), **settings) for one, other in pairs])


def coefficient_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson correlation over the regions of coefficients [n, regions]; a region without a value in either is left
    out. NaN for fewer than three regions, or a constant row."""
    both = np.isfinite(a) & np.isfinite(b)
    found = [_correlation(x[None, ok], y[None, ok])[0] for x, y, ok in zip(a, b, both, strict=True)]
    return np.where(both.sum(1) >= 3, found, np.nan)


def coefficient_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean over the regions of |a - b|, relative to the mean |a|; 0 for equal coefficients, NaN without any."""
    both = np.isfinite(a) & np.isfinite(b)
    apart = np.where(both, np.abs(a - b), 0).sum(1)
    size = np.where(both, np.abs(a), 0).sum(1)
    return np.divide(apart, size, out=np.full(len(a), np.nan), where=size > 0)


def agreements(values: Sequence[np.ndarray], targets: Sequence[str]) -> list[np.ndarray]:
    """For each of m models (values [pixels or regions] of one image, and the class it names): its Spearman correlations
    with the others that name the same class, those left out that are not defined (a constant map)."""
    stacked = ranks(np.stack(values)[:, None])
    found = []
    for i, target in enumerate(targets):
        others = [j for j, other in enumerate(targets) if j != i and other == target]
        own = _correlation(stacked[[i] * len(others)], stacked[others]) if others else np.empty(0)
        found.append(own[np.isfinite(own)])
    return found


def stored_coefficients(
    stored: np.ndarray, samples: Sequence[str], sets: Mapping[str, Regions], policies: Mapping[str, Mapping]
) -> dict[str, np.ndarray]:
    """Coefficients of maps [n, 2, s, s] over each region set: name -> [n, policies, regions]."""
    return {
        name: np.stack(
            [
                image_coefficients(one, regions[sample], len(regions.names), policies)[0]
                for one, sample in zip(stored, samples, strict=True)
            ]
        )
        for name, regions in sets.items()
    }
