"""What a class adds, at equal covariates; and who is too few to say."""

import numpy as np
import pytest
from drawn_faces import CLASSES, REGIONS, cohort
from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.morph.class_effects import (
    FEWEST,
    OTHERS,
    check_subjects,
    comparison,
    difference,
    principal_axes,
    within_classes,
)
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.typical_faces import TypicalFaces


def test_a_class_effect_is_found_beside_a_covariate_that_differs_by_class():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200)
    pose = rng.normal(0, 1, 400) + 2 * (labels == 0)
    values = np.stack([3 * pose + 1.5 * (labels == 0), pose], 1) + rng.normal(0, 0.1, (400, 2))
    found = difference(within_classes(values, pose[:, None], labels), 0, [1])
    assert found == pytest.approx([1.5, 0], abs=0.4)
    assert values[labels == 0].mean(0)[0] - values[labels == 1].mean(0)[0] > 6


@pytest.mark.parametrize("shape", [(50, 8), (20, 90)])
def test_scores_have_unit_variance_within_classes(shape):
    values = np.random.default_rng(1).normal(0, 1, shape) * np.arange(1, shape[1] + 1)
    labels = np.arange(shape[0]) % 2
    scores = values @ principal_axes(values, labels, 5)
    for label in (0, 1):
        scores[labels == label] -= scores[labels == label].mean(0)
    assert scores.T @ scores / shape[0] == pytest.approx(np.eye(5), abs=1e-6)


def test_what_a_class_is_compared_with():
    assert comparison("a", "abc", "b", "") == ([1], "b")
    assert comparison("a", "abc", "b", "c") == ([2], "c")
    assert comparison("b", "abc", "b", "") == ([1], "b")
    assert comparison("a", "abc", "", "") == ([1, 2], OTHERS)
    with pytest.raises(InputError, match="towards: 'd' is no class of the network; it has a, b, c"):
        comparison("a", "abc", "b", "d")


def test_too_few_subjects_are_refused():
    labels, people = np.repeat([0, 1], [FEWEST, 40]), np.array([f"p{i}" for i in range(FEWEST)] + ["q"] * 40)
    check_subjects(labels, people, [0], "class 'a'")
    with pytest.raises(InputError, match=rf"needs {FEWEST} subjects of class 'b' .* there are 1\. Add photographs"):
        check_subjects(labels, people, [1], "class 'b'")


def test_signs_are_where_they_were_drawn():
    photographs, maps = cohort(per_class=30)
    signs = RegionSigns(TypicalFaces(photographs), maps, REGIONS)
    eyes, nose, mouth = signs.signs("Affected")
    size = [np.abs(sign.shift).max() for sign in (eyes, nose, mouth)]
    assert size[0] > 1  # of 3 px: what goes with the rest of the face is not the region's own
    assert max(size[1:]) < 0.7 * size[0]
    red = [np.abs(sign.texture[..., 0]).max() for sign in signs.signs("Other")]
    assert red[2] > 30
    assert max(red[:2]) < 15
    assert not signs.signs("Control")[0].shift.any()


def test_a_sign_towards_a_class_is_the_difference_of_two():
    photographs, maps = cohort()
    signs = RegionSigns(TypicalFaces(photographs), maps, REGIONS)
    towards = signs.signs("Affected", "Other")[2].texture
    apart = signs.signs("Affected")[2].texture - signs.signs("Other")[2].texture
    assert towards == pytest.approx(apart, abs=1e-3)


def test_a_cohort_without_a_control_class_is_compared_with_the_others():
    photographs, _ = cohort(per_class=8)
    typical = TypicalFaces(type(photographs)(**{**vars(photographs), "control": ""}))
    one, others, label = typical.versus(CLASSES[0], "")
    assert (one, others, label) == (0, [1, 2], OTHERS)
    assert np.abs(typical.whole(CLASSES[0]).shift).max() > 1
