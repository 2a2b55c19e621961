"""Likert answers, control maps and composites, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.clinicians.reader_study.reader_ratings import attention_table, composite_table, likert_table


def ratings(explanation, control, readers=12, same_face=True):
    """Every reader rates an explanation and a control map on two faces."""
    rows = []
    for reader in range(readers):
        for face in ("F01", "F02"):
            what = {"reader": f"R{reader:02d}", "simulated": True, "question": "trust"}
            rows.append({**what, "item": face, "method": "MorphMean", "control": False, "level": explanation(reader)})
            face = face if same_face else "F03"
            rows.append({**what, "item": face, "method": "Sobel", "control": True, "level": control(reader)})
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("same_face", "paired"), [(True, "reader and face"), (False, "reader")])
def test_difference_to_control_maps_by_hand(same_face, paired):
    rows = ratings(lambda reader: 4, lambda reader: 2 + reader % 2, same_face=same_face)
    table = attention_table(rows, level=0.95, seed=1)
    assert list(table["method"]) == ["all", "MorphMean"]
    row = table.iloc[0]
    assert (row["difference"], row["higher"], row["paired"]) == (1.5, 1.0, paired)
    half = 2.200985 * np.std([1, 2] * 6, ddof=1) / np.sqrt(12)  # Student's t of 11 degrees of freedom
    assert (row["low"], row["high"]) == pytest.approx((1.5 - half, 1.5 + half), abs=1e-5)
    assert row["p"] == pytest.approx(2 / 2**12, rel=0.01)  # all signs alike: every exchange was tried


def test_readers_who_see_no_difference():
    table = attention_table(ratings(lambda reader: 3, lambda reader: 3), level=0.95, seed=1)
    assert table.loc[0, "difference"] == 0 and table.loc[0, "higher"] == 0.5 and table.loc[0, "p"] == 1


def test_without_control_maps_or_with_few_readers_nothing_is_claimed():
    rows = ratings(lambda reader: 4, lambda reader: 2, readers=5)
    assert attention_table(rows[~rows["control"]], level=0.95, seed=1).empty
    assert np.isnan(attention_table(rows, level=0.95, seed=1).loc[0, "low"])


def composites(levels):
    """Answers on one composite."""
    rows = [
        {
            "reader": f"R{reader:02d}",
            "simulated": False,
            "item": "C01",
            "class": "WS",
            "right": level >= 3,
            "confidence": 10 * level,
            "recognisable": level,
            "typical": 5,
        }
        for reader, level in enumerate(levels)
    ]
    return pd.DataFrame(rows)


def test_levels_are_counted_and_those_not_chosen_are_zero():
    table = likert_table(ratings(lambda reader: 4, lambda reader: 2), composites([1, 3, 5, 5]))
    counts = table.set_index(["method", "question", "level"])["answers"]
    assert counts["MorphMean", "trust", 4] == 24 and counts["MorphMean", "trust", 1] == 0
    assert list(counts["composite", "recognisable"]) == [1, 0, 1, 0, 2]
    assert table.groupby(["method", "question"])["share"].sum().to_numpy() == pytest.approx(1)
    assert set(table.loc[table["method"] == "composite", "simulated"]) == {False}


def test_recognised_composites_by_hand():
    table = composite_table(composites([1, 3, 5, 5]), 0.95)
    assert list(table["class"]) == ["all", "WS"]
    assert table.loc[1, "right"] == 0.75 and table.loc[1, "confidence"] == 35 and table["right_low"].isna().all()
    sure = composite_table(composites([1] + [5] * 19), 0.95)
    assert sure.loc[0, "right_high"] == 1  # cut at 1
    assert composite_table(composites([1]).iloc[:0], 0.95).empty
