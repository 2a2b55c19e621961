"""Three simulated raters, who mark the terms they see from the list of the photo's own syndrome, as the paper's did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.cohort.recipes import Recipe
from gestalt_regions.seeds import generator

RATERS = 3


def seen(strength: float, half_seen: float, false_alarm: float) -> float:
    """Probability that a rater marks a term shown with this strength; 0 means it is not there.

    Rises from the false-alarm rate towards 1, with a Hill curve (exponent 2) that is half-way at `half_seen`.
    """
    detected = strength**2 / (strength**2 + half_seen**2)
    return false_alarm + (1 - false_alarm) * detected


def rate(
    seed: int,
    samples: Sequence[tuple[str, str, Mapping[str, float]]],
    recipes: Mapping[str, Recipe],
    terms: Sequence[str],
    half_seen: float,
    false_alarm: float,
) -> pd.DataFrame:
    """Counts 0..3 of raters, one row per sample (sample_id, label, strength by term), one column per term."""
    table = np.zeros((len(samples), len(terms)), int)
    column = {term: i for i, term in enumerate(terms)}
    for row, (sample_id, label, shown) in enumerate(samples):
        for term in recipes[label].terms:
            chance = seen(shown.get(term.term, 0.0), half_seen, false_alarm)
            draws = generator(seed, "cohort", "raters", sample_id, term.term).random(RATERS)
            table[row, column[term.term]] = int((draws < chance).sum())
    ratings = pd.DataFrame(table, columns=list(terms))
    ratings.insert(0, "sample_id", [sample_id for sample_id, _, _ in samples])
    return ratings
