"""A measure of group pixels: the pointing game."""

from __future__ import annotations

import numpy as np
from gestalt_regions.evaluation.measure_registry import FLAT, measure


@measure("pointing_game", "pixels", range=(0, 1), chance=FLAT, paper="Zhang et al., IJCV 2018", label="pointing game")
def pointing_game(relevance: np.ndarray, changed: np.ndarray) -> float:
    """1 if the most relevant pixel changed between the face and its twin; relevance [n] >= 0, changed bool [n]."""
    if not changed.any() or changed.all() or not (relevance > 0).any():
        return float("nan")
    return float(changed[relevance == relevance.max()].mean())  # ties count by their share
