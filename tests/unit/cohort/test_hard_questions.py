"""Imbalance, label noise and planted shortcuts: as many as stated, where stated, and nothing else moves."""

from collections import Counter

import pytest
from gestalt_regions.cohort.simulated.people.hard_questions import (
    CUES,
    carriers,
    check_cohort,
    given_labels,
    heldout_classes,
    subject_count,
    with_cue,
)
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.cohort.simulated.people.subjects import people
from gestalt_regions.cohort.simulated.photo.scene import View
from gestalt_regions.core.errors import InputError

CLASSES = ["KS", "NS", UNAFFECTED]
NONE = {"kind": "none", "class": "", "strength": 0.9, "base_rate": 0.1, "heldout": False}
SHORTCUT = NONE | {"kind": "background", "class": "NS"}
COHORT = {
    "classes": CLASSES,
    "subjects_per_class": {"KS": 30, "NS": 5, UNAFFECTED: 10},
    "siblings": 0.4,
    "ages": [3, 22],
    "heldout_subjects_per_syndrome": {"KS": 2, "NS": 0},
    "shortcut": NONE,
}
PHOTOS = [(f"{c}{s}{i}", c, s) for s in ("folds", "heldout") for c in CLASSES for i in range(20)]


def test_every_class_has_the_number_of_subjects_it_is_given():
    drawn = Counter((label, split) for _, label, split in people(COHORT, seed=1))
    assert drawn == {("KS", "folds"): 30, ("NS", "folds"): 5, (UNAFFECTED, "folds"): 10, ("KS", "heldout"): 2}
    assert heldout_classes(COHORT) == ["KS"]
    assert subject_count(COHORT | {"subjects_per_class": 7}, "subjects_per_class", "NS") == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subjects_per_class": {"KS": 1, "NS": 1}}, "subjects_per_class has no number for the class 'Unaffected'"),
        ({"subjects_per_class": {"KS": 1, "NX": 1, UNAFFECTED: 1}}, r"per_class\.NX: no such class; did you mean NS"),
        ({"heldout_subjects_per_syndrome": {"KS": 1, "NS": 1, UNAFFECTED: 1}}, r"\.Unaffected: no such class"),
        ({"shortcut": SHORTCUT | {"class": "Ns"}}, r"shortcut\.class: no class 'Ns'; did you mean NS"),
    ],
)
def test_a_class_that_is_not_there_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        check_cohort(COHORT | change)


def test_the_stated_share_of_subjects_has_a_wrong_label():
    subjects = [(f"{label}-{i}", label) for label in CLASSES for i in range(40)]
    given = given_labels(subjects, CLASSES, 0.25, seed=1)
    assert sum(g != label for g, (_, label) in zip(given, subjects, strict=True)) == 30
    assert given == given_labels(subjects, CLASSES, 0.25, seed=1) != given_labels(subjects, CLASSES, 0.25, seed=2)
    assert given_labels(subjects, CLASSES, 0, seed=1) == [label for _, label in subjects]


def test_the_cue_goes_with_its_class_in_the_folds_alone():
    def shares(shortcut):
        carrying = carriers(PHOTOS, shortcut, seed=1)
        return {(s, c): sum(f"{c}{s}{i}" in carrying for i in range(20)) for s in ("folds", "heldout") for c in CLASSES}

    folds = {("folds", "KS"): 2, ("folds", "NS"): 18, ("folds", UNAFFECTED): 2}
    assert shares(SHORTCUT) == folds | {("heldout", c): 0 for c in CLASSES}
    assert shares(SHORTCUT | {"heldout": True})["heldout", "NS"] == 18
    assert carriers(PHOTOS, NONE, seed=1) == set()


@pytest.mark.parametrize("kind", CUES)
def test_a_cue_changes_its_own_fields_alone(kind):
    plain, cued = View(seed=3), with_cue(View(seed=3), SHORTCUT | {"kind": kind})
    changed = {name for name in View.__dataclass_fields__ if getattr(plain, name) != getattr(cued, name)}
    assert changed and changed <= set(CUES[kind])
    assert all(getattr(cued, name) == CUES[kind][name] for name in changed)
