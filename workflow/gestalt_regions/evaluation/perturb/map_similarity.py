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
    if not a.size:
        return np.full(len(a), np.nan)
    a, b = (values - values.mean(1, keepdims=True) for values in (a, b))
    norm = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return np.divide((a * b).sum(1), norm, out=np.full(len(a), np.nan), where=norm > 0)


def _ranks(maps: np.ndarray) -> np.ndarray:
    """Average ranks of the pixels of each map: float64 [n, h w] of [n, h, w]."""
    return pd.DataFrame(maps.reshape(len(maps), -1).T).rank().to_numpy().T


def rank_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman correlation of the pixels of two maps (Adebayo et al., 2018, section 4).

    Parameters
    ----------
    a, b : ndarray
        Maps [n, h, w], taken as they are: give absolute values for correlations "without signs".

    Returns
    -------
    ndarray
        [n]; NaN for a constant map.
    """
    return _correlation(_ranks(a), _ranks(b))


def _unit(image: np.ndarray) -> np.ndarray:
    low, high = image.min(), image.max()
    return (image - low) / (high - low) if high > low else np.zeros_like(image)


def structure_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """SSIM (Wang et al., 2004: Gaussian window of sd 1.5) of two maps, each scaled to [0, 1] first.

    Parameters
    ----------
    a, b : ndarray
        Maps [n, h, w].

    Returns
    -------
    ndarray
        [n].
    """
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    pairs = zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    return np.array([structural_similarity(_unit(one), _unit(other), **settings) for one, other in pairs])


def coefficient_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson correlation of coefficients over the regions.

    Parameters
    ----------
    a, b : ndarray
        [n, regions]; a region without a value in either is left out.

    Returns
    -------
    ndarray
        [n]; NaN for fewer than three regions, or a constant row.
    """
    both = np.isfinite(a) & np.isfinite(b)
    correlations = [_correlation(x[None, ok], y[None, ok])[0] for x, y, ok in zip(a, b, both, strict=True)]
    return np.where(both.sum(1) >= 3, correlations, np.nan)


def coefficient_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean over the regions of |a - b|, relative to the mean |a|.

    Parameters
    ----------
    a, b : ndarray
        [n, regions].

    Returns
    -------
    ndarray
        [n]; 0 for equal coefficients, NaN without any.
    """
    both = np.isfinite(a) & np.isfinite(b)
    apart = np.where(both, np.abs(a - b), 0).sum(1)
    size = np.where(both, np.abs(a), 0).sum(1)
    return np.divide(apart, size, out=np.full(len(a), np.nan), where=size > 0)


def agreements(values: Sequence[np.ndarray], targets: Sequence[str]) -> list[np.ndarray]:
    """How one model's map of an image agrees with those of the others that name the same class.

    Parameters
    ----------
    values : sequence of ndarray
        Of each of m models, its [pixels or regions] of one image.
    targets : sequence of str
        The class that each model names.

    Returns
    -------
    list of ndarray
        Of each model, its Spearman correlations with the others; those that are not defined (a constant map) are left
        out.
    """
    stacked = _ranks(np.stack(values)[:, None])
    correlations = []
    for i, target in enumerate(targets):
        others = [j for j, other in enumerate(targets) if j != i and other == target]
        with_others = _correlation(stacked[[i] * len(others)], stacked[others]) if others else np.empty(0)
        correlations.append(with_others[np.isfinite(with_others)])
    return correlations


def stored_coefficients(
    stored: np.ndarray, samples: Sequence[str], sets: Mapping[str, Regions], policies: Mapping[str, Mapping]
) -> dict[str, np.ndarray]:
    """Coefficients of maps over each region set.

    Parameters
    ----------
    stored : ndarray
        Maps [n, 2, s, s], signed and absolute.
    samples : sequence of str
        Of each map, its sample_id.
    sets : mapping of str to Regions
        The region sets.
    policies : mapping
        Policies of coefficients (config saliency).

    Returns
    -------
    dict
        Region set -> [n, policies, regions].
    """
    return {
        name: np.stack(
            [
                image_coefficients(one, regions[sample], len(regions.names), policies)[0]
                for one, sample in zip(stored, samples, strict=True)
            ]
        )
        for name, regions in sets.items()
    }
