"""Scores beside chance and the best control: does a method do better than what knows nothing of the network?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from gestalt_regions.evaluation.measure_registry import RANDOM
from gestalt_regions.evaluation.scored_maps import OWN_LEVEL, TRAINED, UNTRAINED

CELL = ["group", "measure", "region_set", "policy", "fold"]  # what values can be compared within


def against_controls(
    scores: pd.DataFrame, measures: Mapping[str, Mapping], cell: Sequence[str] = tuple(CELL)
) -> pd.DataFrame:
    """Scores beside chance and the best control.

    The controls of a row are the rows of control methods and the same method's on an untrained network and of its
    OWN_LEVEL, all of the same cell. The best is the one with the best value. Rows of controls, and of anything but the
    trained network, are not judged; nor are measures without chance, which controls meet in full or not at all.

    Parameters
    ----------
    scores : DataFrame
        A row for each method, network and cell: the cell's columns, method, network, control, value, low, high, error.
    measures : mapping
        direction and chance of each measure.
    cell : sequence of str
        Columns that values can be compared within; measure is one of them.

    Returns
    -------
    DataFrame
        The scores with direction, chance (and its error where it was measured; 0 by theory), best_control (and value),
        beats_control (the whole interval is on the better side of every control's) and overlaps_control (it is neither
        that, nor wholly on the worse side of the best control's).
    """
    scores = scores.assign(direction=scores["measure"].map(lambda name: measures[name]["direction"]))
    added = {}
    for names, part in scores.groupby(list(cell), sort=False):
        by = measures[names[list(cell).index("measure")]]["chance"]
        rows = list(part.itertuples())
        known = [row for row in rows if np.isfinite(row.value)]
        chance = _chance(by, known)
        for row in rows:
            rivals = [r for r in known if r.control or (r.method == row.method and r.network in (UNTRAINED, OWN_LEVEL))]
            judged = not row.control and row.network == TRAINED and np.isfinite(row.value) and rivals
            added[row.Index] = chance | (_beside(row, rivals) if judged and by is not None else {})
    columns = ["chance", "chance_error", "best_control", "best_control_value", "overlaps_control", "beats_control"]
    new = pd.DataFrame.from_dict(added, orient="index").reindex(index=scores.index, columns=columns)
    return scores.join(new.astype({"overlaps_control": object, "beats_control": object}))


def _chance(by: str | float | None, known: Sequence[_Score]) -> dict[str, float]:
    """Chance of a cell and its error, from its rows with a value; by: the measure's."""
    if not isinstance(by, str):
        return {} if by is None else {"chance": float(by), "chance_error": 0.0}
    random = next((row for row in known if (row.method, row.network) == (RANDOM, TRAINED)), None)
    return {"chance": random.value, "chance_error": random.error if by == RANDOM else 0.0} if random else {}


class _Score(Protocol):
    """A line of scores, as `itertuples` gives it."""

    method: str
    network: str
    value: float
    low: float
    high: float
    error: float
    direction: int


def _beside(row: _Score, rivals: Sequence[_Score]) -> dict[str, object]:
    """What is said of a row beside its rivals, the best of them by name; "" where an interval is undefined.

    The best by value may have a narrow interval (chance by theory has none), and another rival a wide one that reaches
    further: a row beats its controls only if it is apart from all.
    """
    best = max(rivals, key=lambda rival: rival.value * row.direction)
    ends = {id(r): sorted((r.low * row.direction, r.high * row.direction)) for r in (row, *rivals)}
    (low, high), best_low = ends.pop(id(row)), ends[id(best)][0]
    bounded = np.isfinite([low, high, *ends[id(best)]]).all()
    beats = bool(low > max((upper for _, upper in ends.values() if np.isfinite(upper)), default=np.inf))
    return {
        "best_control": {UNTRAINED: f"{best.method} (untrained)", OWN_LEVEL: "OwnLevel"}.get(best.network, best.method),
        "best_control_value": best.value,
        "overlaps_control": bool(not beats and high >= best_low) if bounded else "",
        "beats_control": beats if bounded else "",
    }
