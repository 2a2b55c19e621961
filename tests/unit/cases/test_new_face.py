"""The face of a new photograph behind those of a study, and what is said where there is none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cases.case import _cautions
from gestalt_regions.cases.new_face import ADVICE, Appended, NewFace, _check_profile, refused, with_new_face
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.saliency.given_faces import Faces


def new_face(size: int = 8) -> NewFace:
    described = dict(zip(POINTS, [3, 3, 7, 3, 5.5, 5, 4, 7, 6, 7], strict=True)) | {"warnings": ""}
    crop = np.full((size, size, 3), 9, np.uint8)
    landmarks = np.arange(212, dtype=np.float32).reshape(106, 2)
    return NewFace(SimpleNamespace(), "", {("crops", size): crop}, described, landmarks)


def study(size: int = 8) -> Faces:
    table = pd.DataFrame(
        {"sample_id": ["a", "b"], "label": ["X", "Y"], "subject_id": ["a", "b"], "kin_group": ["a", "b"]}
    )
    table = table.assign(fold=["1", "2"], yaw_measured=0.1, pitch_measured=0.5)
    crops = np.stack([np.zeros((size, size, 3), np.uint8), np.ones((size, size, 3), np.uint8)])
    return Faces(
        table,
        crops,
        np.zeros((2, 106, 2), np.float32),
        {"paper": crops[..., 0]},
        {"paper": ("r",)},
        ["X", "Y"],
        "Y",
        "2",
    )


@pytest.mark.parametrize("chosen", [1, 2, [2, 0, 2], [0, 1], np.array([2]), np.array([False, True, True]), []])
def test_a_row_behind_a_stack_reads_as_if_it_were_in_it(chosen):
    stack, row = np.arange(24, dtype=np.uint8).reshape(2, 4, 3), np.full((4, 3), 77, np.uint8)
    whole = np.concatenate([stack, row[None]])
    chosen_rows = np.array(chosen, int) if isinstance(chosen, list) and not chosen else chosen
    longer = Appended(stack, row)
    assert np.array_equal(longer[chosen_rows], whole[chosen_rows])
    assert longer.shape == whole.shape and len(longer) == 3
    assert stack.tobytes() == np.arange(24, dtype=np.uint8).tobytes()  # the study's own is not changed


def test_no_network_was_trained_on_the_new_face_and_the_study_keeps_its_rows():
    faces = with_new_face(study(), new_face(), {"paper": np.ones((8, 8), np.uint8)}, 8)
    assert faces.training.tolist() == [True, False, False]
    assert faces.table["label"].tolist() == ["X", "Y", ""] and faces.table["kin_group"].iloc[-1] == ""
    assert faces.table["yaw_measured"].iloc[-1] == pytest.approx(0.125)  # the nose is half a pixel off of four
    assert np.array_equal(faces.crops[[2]][0], np.full((8, 8, 3), 9)) and faces.regions["paper"][2].max() == 1
    assert np.allclose(faces.landmarks[-1], new_face().landmarks * 8 / 112)


@pytest.mark.parametrize("reason", [*ADVICE, "unreadable"])
def test_a_refusal_says_what_is_wrong_and_what_to_do(reason):
    said = refused(Unusable(reason, "what was seen: save it again"))
    assert said[0].isupper() and "what was seen" in said and said.endswith(".")
    assert ADVICE.get(reason, "") in said


@pytest.mark.parametrize(
    ("warnings", "said"),
    [
        ("", []),
        ("found_at_128", []),
        ("turned_90", ["by 90 degrees clockwise"]),
        ("no_nose;no_left_eye", []),  # quality.csv says them
        ("glasses;largest_of_2", ["2 faces in the photograph; the largest is taken", "wears glasses"]),
    ],
)
def test_warnings_of_a_face_are_sentences(warnings, said):
    described = {"warnings": warnings, "faces_found": 2, "turned": 90}
    face = NewFace(None, "", described=described)
    asked = SimpleNamespace(folds=["1", "2"])
    cautions = _cautions(face, SimpleNamespace(asked=asked, table=study().table), [])
    assert len(cautions) == len(said) and all(words in text for words, text in zip(said, cautions, strict=True))


def test_a_photograph_of_the_study_is_named_with_the_networks_that_know_it():
    asked = SimpleNamespace(folds=["1", "2"])
    known = SimpleNamespace(asked=asked, table=study().table)
    cautions = _cautions(NewFace(None, "", described={"warnings": ""}), known, [1])
    assert cautions == ["This photograph is in the study (b, Y): the networks of the folds 1 were trained on it."]


PROFILE = [
    40,
    50,
    53,
    50,
    80,
    70,
    55,
    90,
    66,
    90,
]  # the nose is before both eyes
FRONT = [38, 52, 74, 52, 56, 72, 42, 92, 71, 92]


@pytest.mark.parametrize(
    ("points", "warnings", "refused_for"),
    [
        (PROFILE, "residual;no_left_eye", "too_turned"),
        (PROFILE, "residual", ""),  # both eyes are seen: a page, with a bad pose
        (FRONT, "no_left_eye", ""),  # a patch on an eye
    ],
)
def test_a_profile_is_refused_where_an_eye_is_hidden(points, warnings, refused_for):
    described = dict(zip(POINTS, points, strict=True)) | {"warnings": warnings}
    try:
        _check_profile(described)
    except Unusable as problem:
        assert problem.reason == refused_for and "from the front" in refused(problem)
    else:
        assert not refused_for
