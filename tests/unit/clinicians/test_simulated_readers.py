"""Simulated readers answer as their effects say, in files as the page writes them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from clinicians.reader_files import made_design
from gestalt_regions.clinicians.reader_study.read_answers import answer_rows, rating_rows, read_files
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, Faces, answer, arms_of, write_simulated
from gestalt_regions.clinicians.reader_study.study_files import files_of

SURE = {"lapse": 0, "skill_spread": 0, "difficulty_spread": 0, "trust_spread": 0}


def simulated(tmp_path, kind="parallel", readers=8, **effects):
    """The files of simulated readers, read back."""
    design = made_design(18, 8, kind)
    (tmp_path / "design.json").write_text(json.dumps(design))
    write_simulated(tmp_path / "design.json", tmp_path / "answers", effects=effects, readers=readers, seed=1)
    return *read_files(files_of(tmp_path / "answers"), design), design


@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_files_can_be_read_and_are_labelled(tmp_path, kind):
    files, aside, design = simulated(tmp_path, kind, readers=11)
    assert len(files) == 11 and aside.empty  # three more than numbers
    assert all(one.document["simulated"] and "SIMULATED" in one.document["remarks"] for one in files)
    answers = answer_rows(files, design)
    shown = answers.groupby("reader")["arm"].nunique()
    assert (shown == (1 if kind == "parallel" else 2)).all()
    assert answers.groupby("reader")["item"].agg(lambda items: "".join(items)).nunique() == 1
    assert answers.pivot(index="reader", columns="item", values="position").drop_duplicates().shape[0] == 11


def test_who_trusts_blindly_says_what_the_network_says(tmp_path):
    files, _, design = simulated(tmp_path, **SURE, trust=30, discernment=0)
    answers = answer_rows(files, design)
    assert (answers["after"] == answers["ai"]).all() and (answers["before"] != answers["ai"]).any()


def test_who_discerns_takes_over_what_is_right_alone(tmp_path):
    files, _, design = simulated(tmp_path, **SURE, discernment=30)
    answers = answer_rows(files, design)
    assert answers.loc[answers["ai_right"], "after_right"].all()
    assert (answers["after"] == answers["before"])[~answers["ai_right"]].all()


def test_control_maps_are_rated_lower_by_what_was_planted(tmp_path):
    files, _, design = simulated(tmp_path, readers=60, control_rated_lower=1.0)
    ratings = rating_rows(files, design)
    means = ratings[ratings["question"] == "features"].groupby("control")["level"].mean()
    assert 0.7 < means[False] - means[True] < 1.2  # rounding to five levels takes a little away


def test_effects_are_those_of_the_answers():
    faces = Faces(np.zeros(50, int), np.repeat([0, 1], 25), 4)
    explained, _ = arms_of(np.array(["ai_alone", "ai_with_explanations"] * 400), 50, np.random.default_rng(1))
    effects = Effects(
        **SURE, skill=1.0, trust=0.5, discernment=0.4, explanations_trust=0.3, explanations_discernment=0.2
    )
    answered = answer(faces, explained, effects, np.random.default_rng(2))
    assert abs(np.mean(answered.before == 0) - 1 / (1 + np.exp(-1.0))) < 0.01
    differ = answered.before != faces.said
    for shown in (False, True):
        for right, sign in ((True, 1), (False, -1)):
            these = differ & (explained == shown) & ((faces.said == faces.true) == right)
            expected = 0.5 + 0.3 * shown + sign * (0.4 + 0.2 * shown)
            assert abs(np.mean((answered.after == faces.said)[these]) - 1 / (1 + np.exp(-expected))) < 0.025
