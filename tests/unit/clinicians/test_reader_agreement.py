"""Krippendorff's alpha against his own worked example, and ICC."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from clinicians.reader_files import made_design
from gestalt_regions.clinicians.reader_study.read_answers import ReadFile, answer_rows, rating_rows
from gestalt_regions.clinicians.reader_study.reader_agreement import (
    INCOMPLETE,
    agreement_table,
    alpha,
    icc_row,
    value_counts,
)
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, simulated_files

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units
OBSERVERS = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]


def test_alpha_is_that_of_the_worked_example():
    cells = [(unit, int(v)) for row in OBSERVERS for unit, v in enumerate(row.split()) if v != "."]
    units, values = zip(*cells, strict=True)
    table = value_counts(pd.Series(values), pd.Series(units))
    assert alpha(table.to_numpy(), table.columns.to_numpy(), "nominal") == pytest.approx(0.743, abs=5e-4)
    assert alpha(table.to_numpy(), table.columns.to_numpy(), "ordinal") == pytest.approx(0.815, abs=5e-4)


def test_alpha_of_answers_that_are_all_alike_is_undefined():
    assert np.isnan(alpha(np.array([[3], [2]]), np.array([4]), "ordinal"))
    assert np.isnan(alpha(np.array([[1, 0], [0, 1]]), np.array([1, 2]), "nominal"))


def rated(levels):
    """Rows of a table [units, readers]."""
    return pd.DataFrame(
        [
            {"reader": f"R{reader}", "unit": unit, "item": unit, "level": level}
            for unit, row in enumerate(levels)
            for reader, level in enumerate(row)
        ]
    )


def test_icc_falls_when_a_reader_is_milder():
    levels = np.array([[1, 1, 1], [2, 2, 3], [3, 3, 3], [4, 4, 4], [5, 5, 5], [2, 2, 2]])
    assert icc_row(rated(levels), "level")["value"] > 0.95
    assert icc_row(rated(levels + np.array([0, 0, 2])), "level")["value"] < 0.75  # absolute agreement
    assert icc_row(rated(levels).iloc[1:], "level")["note"] == INCOMPLETE


@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_who_follows_the_network_agrees_with_others(kind):
    design = made_design(18, 12, kind)
    effects = Effects(trust=20, discernment=0)
    files = [ReadFile(name, one) for name, one in simulated_files(design, effects, 12, 1).items()]
    answers, ratings = answer_rows(files, design), rating_rows(files, design)
    table = agreement_table(answers, ratings, resamples=100, level=0.95, seed=1).set_index(["what", "arm", "measure"])
    before, after = (table.loc[(f"diagnosis {phase}", "all", "alpha_nominal")] for phase in ("before", "after"))
    assert before["value"] < 0.5 < 0.9 < after["value"]
    assert before["low"] < before["value"] < before["high"] < after["low"]
    assert {f"Likert: {question}" for question in design["likert"]} < {what for what, _, _ in table.index}
