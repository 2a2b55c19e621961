"""Subjects: families never leak, classes share one mixture, and only the terms know the label."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from gestalt_regions.cohort.simulated.cohort_steps import format_terms, parse_terms, shard_of
from gestalt_regions.cohort.simulated.head.appearance import changed, look
from gestalt_regions.cohort.simulated.people.identity import (
    CUT,
    FACTORS,
    IDENTITY,
    LOADING,
    SHAPES,
    identity,
    loadings,
    macro,
    variation,
)
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED, Recipe, Severity, Term, both_sides
from gestalt_regions.cohort.simulated.people.signs import draw_terms, express
from gestalt_regions.cohort.simulated.people.subjects import Person, people

COHORT = {
    "classes": ["KS", "NS", UNAFFECTED],
    "subjects_per_class": 12,
    "heldout_subjects_per_syndrome": 4,
    "ages": [3, 22],
    "siblings": 0.4,
}
PERSON = Person("KS-001", "F-KS-001", "asian", "male", 7.0)
RECIPE = Recipe(
    "KS", "Kabuki", (Term("Ptosis", "HP:0000508", "eyes", 1.0, {"lr-lid": 0.5, "nose": 1.0}, {"squint": 10}),)
)


def test_sizes_and_no_kin_leak():
    drawn = people(COHORT, seed=1)
    counts = Counter((label, split) for _, label, split in drawn)
    assert counts == {
        ("KS", "folds"): 12,
        ("NS", "folds"): 12,
        (UNAFFECTED, "folds"): 12,
        ("KS", "heldout"): 4,
        ("NS", "heldout"): 4,
    }
    assert len({p.subject_id for p, _, _ in drawn}) == len(drawn)
    kin = {split: {p.kin_group for p, _, s in drawn if s == split} for split in ("folds", "heldout")}
    assert not kin["folds"] & kin["heldout"]


def test_families_hold_affected_and_unaffected_siblings_of_one_ancestry():
    families: dict[str, list] = {}
    for person, label, _ in people(COHORT, seed=1):
        families.setdefault(person.kin_group, []).append((person.ancestry, label))
    shared = [members for members in families.values() if len(members) > 1]
    assert any(len({label for _, label in members}) == 2 for members in shared)
    assert all(len({ancestry for ancestry, _ in members}) == 1 and len(members) == 2 for members in shared)
    assert people(COHORT | {"siblings": 0.0}, seed=1)[0][0].kin_group == "F-KS-001"


def siblings(cohort: dict) -> Counter:
    return Counter(label for p, label, _ in people(cohort, seed=1) if p.kin_group != f"F-{p.subject_id}")


def test_no_class_has_more_siblings_than_its_share():
    assert max(siblings(COHORT).values()) <= 5  # 0.4 of 12
    default = siblings(COHORT | {"subjects_per_class": 24, "siblings": 0.25})
    assert all(5 <= default[label] <= 6 for label in COHORT["classes"])  # large classes differ by one at most


def test_every_class_has_the_same_mixture():
    drawn = people(COHORT, seed=3)
    mixtures = {
        label: Counter((p.ancestry, p.sex) for p, other, split in drawn if other == label and split == "folds")
        for label in COHORT["classes"]
    }
    assert len({tuple(sorted(m.items())) for m in mixtures.values()}) == 1


def test_identity_is_bounded_and_symmetric():
    for i in range(40):
        weights = identity(0, replace(PERSON, subject_id=str(i)), 0.2, 0.5)
        assert max(weights.values()) <= 2 * 0.2 * CUT  # two pairs of the plan share a target at most
        for name, weight in weights.items():
            if name.startswith("l-"):
                assert weights["r-" + name[2:]] == weight
        again = identity(0, replace(PERSON, subject_id=str(i)), 0.2, 0.5, attempt=2)
        assert again != weights and again.keys() <= {n for p in IDENTITY for t in p for n in both_sides(t)} | set(
            SHAPES
        )


def test_sizes_of_one_kind_correlate_as_stated_and_others_do_not():
    n = 3000
    drawn = np.array([variation(0, replace(PERSON, subject_id=str(i), kin_group=str(i)), 0.5) for i in range(n)])
    measured = np.corrcoef(drawn.T)
    expected = loadings() @ loadings().T
    np.fill_diagonal(expected, 1)
    assert np.abs(measured - expected).max() < 5 / np.sqrt(n)  # 5 standard errors
    assert np.abs(drawn.std(0) - 1).max() < 0.08 and np.abs(drawn.mean(0)).max() < 5 / np.sqrt(n)
    assert {round(float(v), 4) for v in np.unique(expected)} == {0.0, round(LOADING**2, 4), 1.0}
    stems = {plus.rsplit("-", 1)[0] for plus, _ in IDENTITY}
    assert {stem for members in FACTORS.values() for stem in members.split()} <= stems


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_siblings_correlate_by_the_kin_share(share):
    n = 400
    pairs = [
        [variation(0, replace(PERSON, subject_id=f"{name}{i}", kin_group=f"F{i}"), share) for name in "ab"]
        for i in range(n)
    ]
    one, two = np.array(pairs).transpose(1, 0, 2)
    each = [np.corrcoef(one[:, k], two[:, k])[0, 1] for k in range(one.shape[1])]
    assert np.mean(each) == pytest.approx(share, abs=0.03)
    other = [np.corrcoef(one[:-1, k], two[1:, k])[0, 1] for k in range(one.shape[1])]
    assert abs(np.mean(other)) < 0.03


def test_macro_weights_sum_to_one_at_any_age():
    for age in (0.3, 1, 5.5, 10, 19, 25, 40, 60):
        weights = macro("asian", "female", age)
        assert sum(w for name, w in weights.items() if name.startswith("asian-")) == pytest.approx(1)
        assert min(weights.values()) > 0
    assert macro("asian", "female", 0.3) == macro("asian", "female", 1)
    assert macro("asian", "female", 10)["asian-female-child"] == 1
    assert macro("asian", "female", 9.9)["asian-female-child"] == pytest.approx(1, abs=0.01)


def test_infants_have_sparse_brows_little_hair_and_no_teeth():
    infants = [look(1, replace(PERSON, subject_id=str(i), age=0.5)) for i in range(60)]
    children = [look(1, replace(PERSON, subject_id=str(i), age=6.0)) for i in range(60)]
    assert not any(own.teeth for own in infants) and all(own.teeth for own in children)
    assert np.mean([own.brow_density for own in infants]) < 0.6 * np.mean([own.brow_density for own in children])
    assert {own.hair for own in infants} <= {"", "short01", "short04"}
    assert max(own.hair_density for own in infants) < 1 == min(own.hair_density for own in children)


def test_terms_are_expressed_in_proportion():
    terms = draw_terms(5, "KS-001", RECIPE, 0.4)
    assert 0.28 <= terms["Ptosis"] <= 0.52
    weights, changes = express({"Ptosis": 0.4}, RECIPE)
    assert weights == pytest.approx({"l-lid": 0.2, "r-lid": 0.2, "nose": 0.4}) and changes == {"squint": 4.0}
    assert draw_terms(5, "U-001", None, 0.4) == {} and express({}, None) == ({}, {})
    assert parse_terms(format_terms(terms)) == pytest.approx(terms, rel=1e-5)


def test_terms_add_up_to_a_sliders_end_but_open_a_mouth_once():
    terms = (
        Term("A", "HP:1", "mouth", 1.0, {"fu-jawOpen": 0.2, "nose": 0.8}, {"tooth_gap": 0.3}),
        Term("B", "HP:2", "mouth", 1.0, {"fu-jawOpen": 0.1, "nose": 0.8}, {"tooth_gap": 0.5}),
    )
    weights, changes = express({"A": 1.0, "B": 1.0}, Recipe("X", "X", terms))
    assert weights == {"fu-jawOpen": 0.2, "nose": 1.0} and changes == {"tooth_gap": 0.5}


def test_a_terms_own_severity_bounds_its_strength_and_other_terms_change_nothing():
    bounded = replace(RECIPE.terms[0], severity=Severity(mean=0.5, sd=1.0, low=0.4, high=0.6))
    drawn = [draw_terms(5, f"S{i}", Recipe("KS", "K", (bounded,)), 1.0)["Ptosis"] for i in range(50)]
    assert min(drawn) == 0.4 and max(drawn) == 0.6
    other = replace(bounded, term="Other")
    both = draw_terms(5, "S0", Recipe("KS", "K", (other, bounded)), 1.0)
    assert both["Ptosis"] == drawn[0]


def test_a_look_without_changes_is_unchanged():
    own = look(1, PERSON)
    plain = changed(own, {})
    assert plain.squint == 0 and plain.lateral_brow_loss == 0 and plain.form == {} and plain.iris == own.iris
    assert plain.hair_colour == pytest.approx(own.hair_colour) and plain.skin_gain == pytest.approx(own.skin_gain)
    blue = changed(own, {"iris_blue": 0.33, "synophrys": 0.5})
    assert blue.iris == f"eyes/{own.eyes}>eyes/lightblue@3" and blue.form == {"synophrys": 0.5}
    fair = changed(own, {"hair_fairness": 1.0})
    assert sum(fair.hair_colour) > sum(own.hair_colour)


def test_shards_are_contiguous_and_complete():
    shards = shard_of(10, 3)
    assert shards.tolist() == [1, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert shard_of(2, 4).tolist() == [1, 2]
