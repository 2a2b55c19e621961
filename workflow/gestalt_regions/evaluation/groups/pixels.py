"""Group pixels: the maps themselves against the map of what changed between a face and its unaffected twin."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.scored_maps import Counterfactuals, Maps, long_table, recognised
from gestalt_regions.regions.coefficients import SIGNS

log = logging.getLogger("gestalt_regions")
RELEVANCE = ("absolute", "positive")  # of coefficients.SIGNS; the measures ask for relevance that is never negative


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
    rows = recognised(maps.rows, predictions, maps.folds)
    twins = Counterfactuals(files["truth"], rows["sample_id"], files["changes"])
    rows = rows[twins.has_twin(rows["sample_id"])].reset_index(drop=True)
    values: dict[tuple[str, str, str], list[float]] = {}
    for line in rows.itertuples():
        mask, stored = (twins.change(line.sample_id) > changed).ravel(), maps[line]
        for sign in RELEVANCE:
            relevance = SIGNS[sign](stored).ravel()
            for name, function in per_image("pixels").items():
                values.setdefault(("", sign, name), []).append(function(relevance, mask))
    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    write_table(long_table(rows, values), outputs["table"])
