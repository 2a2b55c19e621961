"""Temperatures, their reliability, and conformal p values, on answers whose truth is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.models.calibration import (
    Answers,
    CrossConformal,
    calibration_error,
    coverage,
    one_of_each_family,
    temperature,
    temperatures,
)
from scipy.special import softmax

CLASSES = ["A", "B", "C"]


def drawn(people: int, heat: float, seed: int, faces: int = 1) -> Answers:
    """Answers of networks whose logits are the true ones times `heat`; faces of a family have one answer."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1.5, (people, len(CLASSES)))
    numbers = np.array([rng.choice(len(CLASSES), p=softmax(row)) for row in true])
    table = pd.DataFrame(
        {
            "sample_id": [f"{person}-{face}" for person in range(people) for face in range(faces)],
            "label": np.repeat([CLASSES[number] for number in numbers], faces),
            "kin_group": np.repeat([f"F{person}" for person in range(people)], faces),
            "fold": np.repeat([str(person % 5 + 1) for person in range(people)], faces),
        }
    )
    return Answers(table, np.repeat(true * heat, faces, axis=0), CLASSES)


def test_the_temperature_of_too_sure_networks_is_found():
    answers = drawn(4000, heat=3.0, seed=1)
    found = temperatures(answers)
    assert list(found) == ["1", "2", "3", "4", "5"]
    assert all(value == pytest.approx(3, rel=0.1) for value in found.values())
    warm = answers.logits / 3
    sure, calm = (calibration_error(softmax(x, axis=1), answers.numbers) for x in (answers.logits, warm))
    assert sure > 0.1 and calm < 0.03


def test_the_temperature_of_a_fold_knows_nothing_of_its_people_nor_of_their_kin():
    answers = drawn(200, heat=2.0, seed=2)
    turned = answers.logits.copy()
    inside = (answers.table["fold"] == "1").to_numpy()
    turned[inside] *= -50
    assert temperatures(Answers(answers.table, turned, CLASSES))["1"] == temperatures(answers)["1"]
    kin = answers.table.copy()
    kin.loc[~inside, "kin_group"] = kin.loc[inside, "kin_group"].iloc[0]  # nobody is left
    assert temperatures(Answers(kin, answers.logits, CLASSES))["1"] == 1


def test_no_face_has_no_temperature_and_no_error():
    nothing = np.empty((0, 3))
    assert temperature(nothing, np.empty(0, int)) == 1
    assert np.isnan(calibration_error(nothing, np.empty(0, int)))


def test_one_face_stands_for_a_family():
    answers = drawn(30, heat=1, seed=3, faces=4)
    chosen = one_of_each_family(answers.table, seed=42)
    assert chosen.sum() == 30 and answers.table[chosen]["kin_group"].is_unique
    again = one_of_each_family(answers.table.sample(frac=1, random_state=0), seed=42)
    assert set(answers.table.sample(frac=1, random_state=0)[again]["sample_id"]) == set(
        answers.table[chosen]["sample_id"]
    )


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_sets_hold_the_true_class_as_often_as_they_say_in_every_class(level):
    study, new = drawn(4000, heat=1.7, seed=4), drawn(4000, heat=1.7, seed=5)
    heat = temperatures(study)
    conformal = CrossConformal(study, heat, seed=42)
    rng = np.random.default_rng(6)  # networks of the folds differ a little
    logits = {fold: new.logits + rng.normal(0, 0.05, new.logits.shape) for fold in heat}
    p = conformal.p_values(logits)
    assert p.min() > 0 and p.max() <= 1
    for number in range(len(CLASSES)):
        of_class = new.numbers == number
        assert coverage(p[of_class], new.numbers[of_class], level)["coverage"] == pytest.approx(level, abs=0.03)
    measured = coverage(conformal.out_of_fold(), conformal.numbers, level)
    assert measured["n"] == 4000 and measured["coverage"] == pytest.approx(level, abs=0.03)
    assert measured["coverage_low"] < measured["coverage"] < measured["coverage_high"]
    assert 1 < measured["set_size"] < 3


def test_a_p_value_is_the_share_of_people_whom_the_class_fits_no_better():
    table = pd.DataFrame(
        {
            "sample_id": list("abcdef"),
            "label": ["A"] * 4 + ["B", "B"],
            "kin_group": list("abcdef"),
            "fold": ["1", "1", "2", "2", "1", "2"],
        }
    )
    logits = np.array([[3, 0, 0], [2, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 2, 0]], float)
    conformal = CrossConformal(Answers(table, logits, CLASSES), {"1": 1.0, "2": 1.0}, seed=0)
    p = conformal.p_values({"1": np.array([[2.5, 0, 0]]), "2": np.array([[0.5, 0, 0]])})
    assert p[0, 0] == pytest.approx((1 + 1 + 1) / 5)  # b is worse in fold 1, d in fold 2; four people of A
    assert p[0, 2] == 1  # nobody of C is known
