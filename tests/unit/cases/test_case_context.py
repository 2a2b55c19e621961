"""Quality of a photograph, standing of methods, terms of syndromes, nearest faces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cases import context, neighbours, quality
from gestalt_regions.cases.new_face import NewFace
from gestalt_regions.cases.recognition import FoldGallery, Likeness
from gestalt_regions.faces.given_landmarks import POINTS

FRONTAL = [30, 40, 70, 40, 50, 60, 35, 80, 65, 80]


def described(points=FRONTAL, **more) -> dict:
    usual = {"eye_distance": 40.0, "outside": 0.0, "residual": 1.0, "warnings": "", "faces_found": 1}
    return dict(zip(POINTS, points, strict=True)) | usual | more


def checked(crop: np.ndarray, like: Likeness | None = None, **more) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [described((np.array(FRONTAL) + rng.normal(0, 1, 10)).tolist(), residual=1 + i / 100) for i in range(100)]
    index = pd.DataFrame(rows).assign(sample_id=[f"s{i}" for i in range(100)])
    crops = rng.integers(60, 200, (100, 112, 112, 3)).astype(np.uint8)
    face = NewFace(None, "", {("crops", 112): crop}, described(**more))
    return quality.quality_table(face, index, crops, like or Likeness(0.1, 50.0), 112).set_index("check")


@pytest.fixture
def sharp() -> np.ndarray:
    return np.random.default_rng(2).integers(60, 200, (112, 112, 3)).astype(np.uint8)


def test_an_ordinary_photograph_is_good(sharp):
    table = checked(sharp)
    assert set(table["verdict"]) == {"good"}
    assert table["sentence"].str.endswith(".").all()


@pytest.mark.parametrize(
    ("check", "verdict", "more"),
    [
        ("pose yaw", "bad", {"points": [30, 40, 70, 40, 68, 60, 35, 80, 65, 80]}),
        ("face size", "caution", {"eye_distance": 21.0}),
        ("outside the frame", "bad", {"outside": 0.3}),
        ("landmarks", "bad", {"residual": 9.0}),
        ("landmarks", "caution", {"residual": 2.5}),
        ("occlusion", "bad", {"warnings": "no_left_eye;no_right_eye"}),
        ("occlusion", "caution", {"warnings": "glasses"}),
        ("faces in the photograph", "caution", {"faces_found": 3, "warnings": "largest_of_3"}),
    ],
)
def test_what_is_wrong_with_a_photograph_is_said(sharp, check, verdict, more):
    assert checked(sharp, **more).loc[check, "verdict"] == verdict


def test_a_blurred_face_and_one_unlike_the_others(sharp):
    assert checked(np.full_like(sharp, 120)).loc["blur", "verdict"] == "bad"
    for share, verdict in ((99.0, "caution"), (100.0, "bad"), (94.0, "good")):
        row = checked(sharp, Likeness(0.5, share)).loc["likeness"]
        assert row["verdict"] == verdict and row["percentile"] == share
    assert "unlike all that they have seen" in checked(sharp, Likeness(0.5, 100.0)).loc["likeness", "sentence"]
    assert "may be unusual all the same" in checked(sharp, Likeness(0.5, 50.0)).loc["likeness", "sentence"]


@pytest.mark.parametrize(
    ("points", "check", "said"),
    [
        ([30, 40, 70, 40, 68, 60, 35, 80, 65, 80], "pose yaw", "right of the picture further than in every face"),
        ([30, 40, 70, 40, 32, 60, 35, 80, 65, 80], "pose yaw", "left of the picture further than in every face"),
        ([30, 40, 70, 40, 50, 75, 35, 80, 65, 80], "pose pitch", "lowered further than in every face"),
        ([30, 40, 70, 40, 50, 45, 35, 80, 65, 80], "pose pitch", "raised further than in every face"),
        (FRONTAL, "pose yaw", "no further than is usual"),
    ],
)
def test_where_a_head_is_turned_is_said_in_words_and_what_to_do(sharp, points, check, said):
    sentence = checked(sharp, points=points).loc[check, "sentence"]
    assert said in sentence and ("Take a photograph from the front" in sentence) == ("every" in said)
    assert "eye distances" not in sentence


def ranking(tmp_path, rank: float, high: float) -> str:
    columns = "scope,method,rank,low,high,control,methods\n"
    path = tmp_path / "ranking.csv"
    path.write_text(f"{columns}all,M,{rank},{rank - 0.5},{high},False,10\nall,Sobel,3.0,2.5,3.5,True,10\n")
    return str(path)


@pytest.mark.parametrize(("rank", "high", "better"), [(1.5, 2.0, True), (2.5, 3.2, False), (6.0, 6.5, False)])
def test_a_method_stands_beside_the_best_control(tmp_path, rank, high, better):
    row = context.standing_table(["M", "N"], ranking(tmp_path, rank, high), str(tmp_path / "none.csv")).iloc[0]
    assert row["of"] == 10 and "the best control, Sobel, has 3.0" in row["sentence"]
    assert ("not clearly better" not in row["sentence"]) == better


def test_without_an_evaluation_each_method_says_so(tmp_path):
    gone = str(tmp_path / "gone.csv")
    table = context.standing_table(["M", "N"], gone, gone)
    assert table["sentence"].tolist() == [context.NOT_SCORED] * 2


def test_terms_of_a_syndrome_are_facial_and_seen(root, tmp_path):
    path = tmp_path / "frequencies.csv"
    path.write_text(
        "disease,hpo_id,frequency,number\n"
        "OMIM:147920,HP:0000411,3/4,0.75\nORPHA:2322,HP:0000411,HP:0040281,0.895\n"
        "OMIM:147920,HP:0000396,0/1,0\nOMIM:147920,HP:0001250,2/4,0.5\nOMIM:163950,HP:0000369,1/2,0.5\n"
    )
    recipes = [str(each) for each in sorted((root / "resources/syndromes").glob("*.yaml"))]
    terms = str(root / "resources/hpo_terms.csv")
    table = context.term_table(["KS", "nobody"], recipes, terms, str(path))
    assert table.to_dict("records") == [
        {
            "class": "KS",
            "region": "ears",
            "hpo_id": "HP:0000411",
            "term": "Protruding ear",
            "frequency": "3/4; very frequent (80-99 %)",
        }
    ]
    assert context.term_table(["KS"], recipes, terms, "").empty


def test_nearest_faces_are_of_different_people_and_by_networks_that_do_not_know_them():
    faces = pd.DataFrame({"sample_id": list("abcd"), "label": list("XXYY"), "subject_id": list("ppqr")})
    faces["fold"] = ["1", "1", "2", "heldout"]
    first = FoldGallery(np.eye(4)[[0, 0, 1, 0]], np.empty((4, 0)), np.empty(4))
    second = FoldGallery(np.eye(4)[[1, 1, 0, 1]], np.empty((4, 0)), np.empty(4))
    mine = {"1": np.eye(4)[0], "2": np.eye(4)[0]}
    alike = neighbours.similarities(mine, {"1": first, "2": second}, faces["fold"])
    assert alike.tolist() == [1, 1, 1, 0.5]
    near = neighbours.nearest_faces(faces, alike, [0], 8)
    assert near["sample_id"].tolist() == ["b", "c", "d"] and near["set"].tolist() == ["folds", "folds", "heldout"]
    assert near["rank"].tolist() == [1, 2, 3]


def test_a_copy_of_a_photograph_is_recognised_and_another_face_is_not():
    rng = np.random.default_rng(3)
    smooth = np.array([[rng.normal(0, 1, (28, 28, 3)) for _ in range(3)]])[0]
    crops = np.stack([np.kron(each, np.ones((4, 4, 1))) for each in smooth])
    crops = np.clip(crops * 40 + 128, 0, 255).astype(np.uint8)
    darker = (crops[1] * 0.9).astype(np.uint8)
    assert neighbours.copies(darker, crops, np.array([0.9, 0.8, 0.7])) == [1]


def test_regions_that_make_faces_alike_are_named_the_strongest_first():
    names = ["nose_tip", "hair", "eyes", "chin"]
    assert neighbours.alike_words(np.array([3.0, np.nan, 5.0, -2.0]), names) == "eyes; nose tip"
    assert neighbours.alike_words(np.full(4, np.nan), names) == ""
