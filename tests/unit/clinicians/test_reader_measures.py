"""Accuracy, confidence and reliance: by hand, against planted effects, and at the stated rate without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clinicians.reader_files import made_design
from gestalt_regions.clinicians.reader_study.read_answers import ReadFile, answer_rows
from gestalt_regions.clinicians.reader_study.reader_measures import (
    DIFFERENCE,
    MEASURES,
    Table,
    as_arrays,
    drawn_counts,
    measure_table,
    other_deals,
    parts,
    randomisation_p,
    resampled,
    simulated_table,
)
from gestalt_regions.clinicians.reader_study.simulated_readers import (
    Effects,
    Faces,
    simulated_files,
)
from gestalt_regions.statistics.toolkit.bootstrap import percentiles

NONE = Effects(explanations_trust=0, explanations_discernment=0)


def table_by_hand() -> Table:
    """Two readers, one in each arm, and four faces of which the network has the first two right."""
    right = np.array([[1, 0, 1, 0], [0, 0, 1, 1]], bool)
    after = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)
    ai_right = np.array([[1, 1, 0, 0]] * 2, bool)
    return Table(
        sequences=np.array(["ai_alone", "ai_with_explanations"]),
        explained=np.array([[False] * 4, [True] * 4]),
        ai_right=ai_right,
        before_right=right,
        after_right=after,
        differed=np.where(ai_right, ~right, [[True, True, True, False], [True] * 4]),
        took=np.where(ai_right, after, [[True, True, True, True], [True, True, False, True]]),
        before_confidence=np.full((2, 4), 50.0),
        after_confidence=np.array([[60.0] * 4, [80.0] * 4]),
    )


@pytest.mark.parametrize(
    ("measure", "faces", "alone", "explained"),
    [
        ("accuracy_before", "all", 2 / 4, 2 / 4),
        ("accuracy_after", "ai_right", 2 / 2, 1 / 2),
        ("accuracy_gain", "all", 0, 0),
        ("accuracy_gain", "ai_wrong", -1 / 2, -1 / 2),
        ("confidence_gain", "all", 10, 30),
        ("rair", "ai_right", 1 / 1, 1 / 2),  # wrong at first: F02; F01 and F02
        ("rsr", "ai_wrong", 0 / 1, 1 / 2),  # right at first: F03; F03 and F04
        ("over_reliance", "ai_wrong", 1 / 1, 1 / 2),
        ("under_reliance", "ai_right", 0 / 1, 1 / 2),
    ],
)
def test_measures_by_hand(measure, faces, alone, explained):
    table = measure_table(table_by_hand(), resamples=20, deals=20, level=0.95, seed=1)
    rows = table[(table["measure"] == measure) & (table["faces"] == faces)].set_index("arm")["value"]
    assert list(rows) == pytest.approx([alone, explained, explained - alone])


def test_few_readers_have_no_interval_and_few_faces_are_not_drawn():
    table = measure_table(table_by_hand(), resamples=20, deals=20, level=0.95, seed=1)
    assert table["low"].isna().all() and set(table["drawn"]) == {"readers"}
    assert table.loc[table["arm"] == DIFFERENCE, "p"].notna().all()


@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_files_and_arrays_give_the_same_table(kind):
    design = made_design(18, 24, kind)
    files = [ReadFile(name, one) for name, one in simulated_files(design, Effects(), 24, 1).items()]
    table = measure_table(as_arrays(answer_rows(files, design)), resamples=50, deals=50, level=0.9, seed=1)
    first = table[table["measure"] == "accuracy_before"].set_index(["faces", "arm"])["value"]
    rows = answer_rows(files, design)
    for arm, part in rows.groupby("arm"):
        assert first["all", arm] == pytest.approx(part["before_right"].mean())
        assert first["ai_wrong", arm] == pytest.approx(part.loc[~part["ai_right"], "before_right"].mean())


def test_deals_keep_how_many_are_in_each_arm():
    exchanged = other_deals(np.array(["a"] * 5 + ["b"] * 3), 200, np.random.default_rng(1))
    assert (exchanged[:, :5].sum(axis=1) == exchanged[:, 5:].sum(axis=1)).all() and exchanged.any()


def studies(number: int, effects: Effects, kind: str = "parallel", readers: int = 30):
    """Simulated studies as arrays, each with readers and difficulties of its own."""
    design = made_design(18, readers, kind)
    faces = Faces.of(design)
    for study in range(number):
        rng = np.random.default_rng([study, readers])
        sequences = rng.permutation(np.array(design["sequences"]))
        yield simulated_table(faces, sequences, effects, rng)


# 400 studies: the standard error of a rate of 5 % is 1.1 %; bounds are four of them away
@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_without_an_effect_the_test_rejects_at_its_rate(kind):
    rejected = {"accuracy_gain": 0, "rair": 0}
    for table in studies(400, NONE, kind):
        exchanged = other_deals(table.sequences, 199, np.random.default_rng(1))
        for measure, faces in (("accuracy_gain", "all"), ("rair", "ai_right")):
            rejected[measure] += randomisation_p(parts(table, measure, faces), exchanged) <= 0.05
    assert all(0.01 <= times / 400 <= 0.094 for times in rejected.values()), rejected


def test_intervals_hold_the_planted_effect():
    effects = Effects(explanations_trust=0.4, explanations_discernment=0.8)
    many = list(studies(100, effects, readers=400))  # what is true of readers and faces at large
    for measure, faces in (("accuracy_gain", "all"), ("accuracy_after", "all"), ("rair", "ai_right")):
        sums = [[part.sum(axis=(1, 2)) for part in parts(table, measure, faces)] for table in many]
        total, number = np.sum(sums, axis=0)
        planted = np.subtract(*(total / number)[::-1])
        assert planted > 0.04
        held = 0
        for table in studies(200, effects):
            rng = np.random.default_rng(1)
            readers, shown = drawn_counts(table.sequences, 400, rng), drawn_counts(np.zeros(18, str), 400, rng)
            draws = resampled(parts(table, measure, faces), readers, shown)
            low, high = percentiles(draws[1] - draws[0], 0.95)
            held += low <= planted <= high
        assert held / 200 >= 0.89, measure  # 95 % less four standard errors of 1.5 %


def test_more_trust_means_more_over_reliance():
    blind = replace(NONE, explanations_trust=2.0)
    rows = measure_table(next(studies(1, blind)), resamples=200, deals=999, level=0.95, seed=1)
    rows = rows[rows["arm"] == DIFFERENCE].set_index(["measure", "faces"])
    assert rows.loc[("over_reliance", "ai_wrong"), "low"] > 0 and rows.loc[("over_reliance", "ai_wrong"), "p"] < 0.05
    assert rows.loc[("rsr", "ai_wrong"), "high"] < 0 and rows.loc[("rair", "ai_right"), "low"] > 0
    assert set(MEASURES) == {measure for measure, _ in rows.index}
