"""Which counterfactuals there are, and how a change is measured; nothing is rendered."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES, OF_REGION
from gestalt_regions.cohort.simulated.head.head_model import LABELS
from gestalt_regions.truth.counterfactuals import change_map, chosen, displacements, on_labels, shares, variants

REGION_OF = {"Long face": "overall", "Ptosis": "eyes", "Strabismus": "eyes", "Wide mouth": "mouth", "Fair hair": "hair"}


def test_variants_are_the_face_its_twin_and_one_for_each_region_with_a_sign():
    terms = {"Wide mouth": 0.5, "Strabismus": 1.0, "Ptosis": 0.7}
    shown = variants(terms, REGION_OF)
    assert list(shown) == ["face", "twin", "revert:eyes", "revert:mouth"]  # regions in the order of hpo_terms.csv
    assert shown["face"] == terms and shown["twin"] == {}
    assert shown["revert:eyes"] == {"Wide mouth": 0.5}
    assert shown["revert:mouth"] == {"Strabismus": 1.0, "Ptosis": 0.7}


def test_of_a_photo_without_signs_nothing_can_be_reverted():
    assert variants({}, REGION_OF) == {"face": {}, "twin": {}}


def test_shares_are_of_all_change_and_sum_to_one():
    regions = np.zeros((10, 10), np.uint8)
    regions[:2], regions[2:4, :5], regions[8:] = 1, 2, 3
    face, other = np.zeros((10, 10, 3), np.float32), np.zeros((10, 10, 3), np.float32)
    other[0, :, 0] = 30  # 10 pixels of the eyes change by 10 on average over the channels
    other[9, 0] = -20  # one of the mouth by 20
    found = {line["region"]: line for line in shares(change_map(face, other), regions)}
    assert list(found) == ["eyes", "nose", "mouth", "rest"]
    assert sum(line["area"] for line in found.values()) == pytest.approx(1)
    assert found["eyes"]["mean"] == pytest.approx(100 / 20) and found["eyes"]["share"] == pytest.approx(100 / 120)
    assert found["mouth"]["share"] == pytest.approx(20 / 120) and found["nose"]["share"] == found["rest"]["share"] == 0


def test_shares_of_no_change_and_means_of_no_pixel_are_undefined():
    found = shares(np.zeros((4, 4)), np.zeros((4, 4), np.uint8))
    assert all(np.isnan(line["share"]) for line in found)
    assert np.isnan(found[0]["mean"]) and found[3]["mean"] == 0


def test_labels_become_the_judged_regions():
    ids = on_labels(np.array([[LABELS[n] for n in ("left_brow", "right_eye", "nose", "inner_mouth", "skin", "ears")]]))
    assert ids.tolist() == [[1, 1, 2, 3, 0, 0]]


def test_displacements_are_in_distances_between_the_eyes():
    face = np.random.default_rng(0).normal(size=(len(NAMES), 2))
    face[NAMES.index("right_eye")], face[NAMES.index("left_eye")] = (0, 0), (30, 40)
    moved = face.copy()
    moved[[NAMES.index(n) for n in OF_REGION["mouth"]]] += (3, 4)
    found = {line["region"]: line["displacement"] for line in displacements(face, moved)}
    assert found["mouth"] == pytest.approx(0.1) and found["eyes"] == found["nose"] == found["chin"] == 0


def test_only_photos_with_signs_and_a_usable_face_are_chosen():
    plan = pd.DataFrame({"sample_id": ["a", "b", "c", "d"], "terms": ["Ptosis=1", "", "Ptosis=1", "Ptosis=0.5"]})
    usable, about = chosen(plan, ["a", "b", "d"], None)
    assert list(usable["sample_id"]) == ["a", "d"]
    assert about.startswith("2 of 4 photos") and "1 show no term, 1 were excluded" in about
    assert list(chosen(plan, ["a", "b", "d"], ["d", "c"])[0]["sample_id"]) == ["d"]
    assert chosen(plan, ["a"], [])[0].empty
