"""Region coefficients of each class beside its maps, and their difference from the class it is compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gestalt_regions.core import seeds
from gestalt_regions.statistics.syndrome_maps.person_maps import PersonMaps
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval, sd_defined

REGION_COLUMNS = [
    "variant",
    "label",
    "region_set",
    "region",
    "people",
    "kin_groups",
    "coefficient",
    "low",
    "high",
    "sd",
]
REGION_COLUMNS += ["against", "coefficient_against", "difference", "difference_low", "difference_high", "significant"]
REGION_COLUMNS += ["note"]


class RegionMeans:
    """Bootstrap of the region coefficients of one variant: the same families are drawn for every region.

    Parameters
    ----------
    persons : PersonMaps
        Of the variant.
    bootstrap : mapping
        n_resamples, level.
    seed : int
        The study's.
    variant : str
        Its name.
    """

    def __init__(self, persons: PersonMaps, bootstrap: Mapping, seed: int, variant: str) -> None:
        self.persons, self.level, self.variant = persons, bootstrap["level"], variant
        self.drawn = {
            label: Weights(
                part["kin_group"],
                bootstrap["n_resamples"],
                seeds.generator(seed, "syndrome_maps", "regions", variant, label),
            )
            for label, part in persons.people.groupby("label", sort=True)
        }

    def _means(self, labels: list[str], values: np.ndarray) -> tuple[float, np.ndarray, int]:
        """Mean over people, that of each resample, and families with a value."""
        total, count, groups = [], [], 0
        for label in labels:
            of_class = values[self.persons.people["label"] == label]
            weights, known = self.drawn[label], np.isfinite(of_class)
            drawn = [(block @ np.where(known, of_class, 0), block @ known) for block in weights.blocks()]
            total.append(np.concatenate([each for each, _ in drawn]))
            count.append(np.concatenate([each for _, each in drawn]))
            groups += int(weights.groups_with(of_class[:, None])[0])
        chosen = values[self.persons.people["label"].isin(labels)]
        finite = chosen[np.isfinite(chosen)]
        counts = np.sum(count, axis=0)
        draws = np.divide(np.sum(total, axis=0), counts, out=np.full(len(counts), np.nan), where=counts > 0)
        return float(finite.mean()) if len(finite) else float("nan"), draws, groups

    def rows(self, label: str, against: list[str], names: Mapping[str, list[str]]) -> list[dict]:
        """The regions of a class.

        Parameters
        ----------
        label : str
            The class.
        against : list of str
            Classes that it is compared with; none for the control.
        names : mapping
            Region set -> names of its regions.

        Returns
        -------
        list of dict
            One row a region set and region, with the keys REGION_COLUMNS but significant.
        """
        rows = []
        for region_set, regions in names.items():
            for place, region in enumerate(regions):
                values = self.persons.coefficients[region_set][:, place]
                mine = values[self.persons.people["label"] == label]
                mean, draws, groups = self._means([label], values)
                low, high = interval(draws, self.level, groups)
                row: dict[str, object] = {"variant": self.variant, "label": label}
                row |= {"region_set": region_set, "region": region}
                row |= {"people": int(np.isfinite(mine).sum()), "kin_groups": groups, "coefficient": mean}
                row |= {"low": low, "high": high, "sd": sd_defined(mine), "note": no_interval(low, groups)}
                if against:
                    other, other_draws, other_groups = self._means(against, values)
                    fewest = min(groups, other_groups)
                    ends = interval(draws - other_draws, self.level, fewest)
                    row |= {"coefficient_against": other, "difference": mean - other}
                    row |= dict(zip(("difference_low", "difference_high"), ends, strict=True))
                    row["note"] = row["note"] or no_interval(ends[0], fewest)
                rows.append(row)
        return rows


def shares(regions: np.ndarray, names: list[str], significant: np.ndarray) -> dict[str, float]:
    """What share of each region's pixels differs.

    Parameters
    ----------
    regions : numpy.ndarray
        Region map of the mean face [SIDE, SIDE].
    names : list of str
        Regions 1, 2, ...
    significant : numpy.ndarray
        bool [SIDE, SIDE].

    Returns
    -------
    dict
        Region -> share, 0 to 1; NaN for a region that the mean face lacks.
    """
    inside = {name: regions == number for number, name in enumerate(names, start=1)}
    return {name: float(significant[mask].mean()) if mask.any() else float("nan") for name, mask in inside.items()}


def region_table(rows: list[dict]) -> pd.DataFrame:
    """All rows in the order of REGION_COLUMNS.

    Parameters
    ----------
    rows : list of dict
        Of `RegionMeans.rows`.

    Returns
    -------
    pandas.DataFrame
        One row a variant, class, region set and region.
    """
    return pd.DataFrame(rows, columns=REGION_COLUMNS)
