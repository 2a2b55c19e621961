"""Group pixels: the maps themselves against the map of what changed between a face and its unaffected twin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.scored_maps import Counterfactuals, Maps, long_table, recognised
from gestalt_regions.regions.coefficients import SIGNS

log = logging.getLogger("gestalt_regions")
RELEVANCE = ("absolute", "positive")  # of coefficients.SIGNS; the measures ask for relevance that is never negative


@dataclass(frozen=True)
class ChangedPixels:
    """Which pixels changed, and of which maps.

    Attributes
    ----------
    rows : DataFrame
        Lines of `Maps.rows`: those that group recovery scores.
    mask : callable
        Of a sample_id: bool [s, s].
    """

    rows: pd.DataFrame
    mask: Callable[[str], np.ndarray]


def changed_pixels(maps: Maps, files: Mapping[str, str], predictions: Sequence[str], changed: float) -> ChangedPixels:
    """What group pixels knows.

    Parameters
    ----------
    maps : Maps
        The maps that are scored.
    files : mapping of str to path
        changes (stack of change maps) and truth (its index).
    predictions : sequence of str
        Path of predictions.csv of each fold.
    changed : float
        A pixel counts as changed if it differs by more grey levels than this.

    Returns
    -------
    ChangedPixels
        Of the faces that group recovery scores.
    """
    rows = recognised(maps.rows, predictions, maps.folds)
    twins = Counterfactuals(files["truth"], rows["sample_id"], files["changes"])
    rows = rows[twins.has_twin(rows["sample_id"])].reset_index(drop=True)
    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    return ChangedPixels(rows, lambda sample: twins.change(sample) > changed)


def score_pixels(
    pixels: ChangedPixels, relevances: Iterable[Mapping[str, np.ndarray]], method: str = ""
) -> pd.DataFrame:
    """The values of one method, or prior.

    Parameters
    ----------
    pixels : ChangedPixels
        Which pixels changed, and of which maps.
    relevances : iterable of mapping
        For each line of the rows: sign (of RELEVANCE) -> relevance [s, s], never negative.
    method : str
        The method; RANDOM scores chance itself (`per_image`).

    Returns
    -------
    DataFrame
        LONG, where policy is the sign of the relevance.
    """
    values: dict[tuple[str, str, str], list[float]] = {}
    functions = per_image("pixels", method=method)
    for line, relevance in zip(pixels.rows.itertuples(), relevances, strict=True):
        mask = pixels.mask(line.sample_id).ravel()
        for sign in RELEVANCE:
            for name, function in functions.items():
                values.setdefault(("", sign, name), []).append(function(relevance[sign].ravel(), mask))
    return long_table(pixels.rows, values)


def write_pixels(
    maps: Maps, files: Mapping[str, str], outputs: Mapping[str, str], *, predictions: Sequence[str], changed: float
) -> None:
    """Write how far the maps of one method lie on the pixels that changed.

    Scored are the faces that group recovery scores.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    files : mapping of str to path
        changes (stack of change maps) and truth (its index).
    outputs : mapping of str to path
        table: LONG, where policy is the sign of the relevance.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    changed : float
        A pixel counts as changed if it differs by more grey levels than this.
    """
    pixels = changed_pixels(maps, files, predictions, changed)
    stored = (maps[line] for line in pixels.rows.itertuples())
    relevances = ({sign: SIGNS[sign](one) for sign in RELEVANCE} for one in stored)
    write_table(score_pixels(pixels, relevances, maps.method), outputs["table"])
