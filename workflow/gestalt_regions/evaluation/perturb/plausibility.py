"""The table of plausibility: each way to take a region out, beside the photographs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.evaluation.perturb.drop_tables import ALL, FACE, Resampled, mean_of
from gestalt_regions.statistics.toolkit.read import load_samples, simulated_phrase

PHOTOGRAPH = "photograph"  # the way of the picture that nothing was taken out of
TEXT = ["sample_id", "fold", "set", "label", "way", "region"]
PICTURES = [*TEXT, "distance", "faces_found"]
REGIONS = "regions"  # the published ones together, one at a time
DISTANCE, ADDED, ONE_FACE = "distance", "distance_added", "one_face"
PLAUSIBILITY = ["way", "region", "measure", "pictures", "images", "subjects", "value", "low", "high", "level"]


def measured(pictures: pd.DataFrame) -> pd.DataFrame:
    """The measures of every picture.

    Parameters
    ----------
    pictures : DataFrame
        PICTURES.

    Returns
    -------
    DataFrame
        With the columns distance; distance_added, by how much the picture lies further off than its photograph; and
        one_face, 1 where the detector finds one face and 0 else, NaN without a detector.
    """
    of_photograph = pictures[pictures["way"] == PHOTOGRAPH].set_index(FACE)[DISTANCE]
    own = of_photograph.reindex(pd.MultiIndex.from_frame(pictures[FACE])).to_numpy()
    one = (pictures["faces_found"] == 1).astype(float).where(pictures["faces_found"].notna())
    return pictures.assign(**{ADDED: pictures[DISTANCE] - own, ONE_FACE: one})


def _cells(table: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(way, region, its pictures): the published regions together, then each, then all at once."""
    for way, part in table.groupby("way", sort=False):
        chosen = {REGIONS: part["region"].isin(names)} if way != PHOTOGRAPH else {}
        chosen |= {region: part["region"] == region for region in (*names, ALL)}
        yield from ((str(way), region, part[rows]) for region, rows in chosen.items() if rows.any())


def plausibility_table(pictures: pd.DataFrame, names: Sequence[str], resampled: Resampled) -> pd.DataFrame:
    """Means over pictures of each way and region.

    Parameters
    ----------
    pictures : DataFrame
        PICTURES of all folds.
    names : sequence of str
        The published regions.
    resampled : Resampled
        What gives means their intervals.

    Returns
    -------
    DataFrame
        PLAUSIBILITY. A measure without a value (there is no detector) has no line; a share of all
        or of none has no interval.
    """
    rows = []
    for way, region, part in _cells(measured(pictures), names):
        for measure in (DISTANCE, ADDED, ONE_FACE):
            kept = part.dropna(subset=[measure]).set_index(FACE)
            if kept.empty or (way == PHOTOGRAPH and measure == ADDED):
                continue
            values = kept[measure].to_numpy(np.float64)
            line = {"way": way, "region": region, "measure": measure, "pictures": len(kept)}
            line |= resampled(kept.index, ALL, mean_of(values))
            if measure == ONE_FACE and np.ptp(values) == 0:  # resamples of all, or of none, are never unsure
                line |= {"low": np.nan, "high": np.nan}
            rows.append(line)
    return pd.DataFrame(rows, columns=PLAUSIBILITY)


def write_plausibility(
    pictures: str, samples: str, output: str, *, names: Sequence[str], bootstrap: dict, seed: int
) -> None:
    """Write the table of plausibility.

    Parameters
    ----------
    pictures : path
        The table PICTURES.
    samples : path
        samples.csv.
    output : path
        Where the table goes, PLAUSIBILITY and whether the cohort is simulated.
    names : sequence of str
        The published regions.
    bootstrap : dict
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    faces = load_samples(samples, ())
    table = plausibility_table(read_table(pictures, PICTURES, TEXT), names, Resampled(faces, bootstrap, seed))
    write_table(table.assign(simulated=bool(simulated_phrase(faces))), output)
