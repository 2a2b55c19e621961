"""Answers of fold networks to a new face: classes that are asked, likeness, and calibration of a whole study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cases import recognition
from gestalt_regions.cases.fold_gallery import distances_to
from gestalt_regions.cases.recognition import FoldGallery

CLASSES = ["A", "B", "Control"]
FOLDS = ["1", "2"]


def classes(probabilities: list[float], in_set: list[bool]) -> pd.DataFrame:
    table = pd.DataFrame({"class": CLASSES, "probability": probabilities, "in_set": in_set})
    table = table.sort_values("probability", ascending=False, ignore_index=True)
    return table.assign(rank=np.arange(1, 4))


@pytest.mark.parametrize(
    ("table", "wanted", "against", "asked"),
    [
        (classes([0.7, 0.2, 0.1], [True, False, False]), [], "", ["A"]),
        (classes([0.7, 0.2, 0.1], [True, True, True]), [], "", ["A", "B"]),
        (classes([0.2, 0.1, 0.7], [False, False, True]), [], "", ["A"]),  # only the control fits: the next class
        (classes([0.1, 0.2, 0.7], [True, False, True]), [], "", ["A"]),
        (classes([0.7, 0.2, 0.1], [False, False, False]), [], "", ["A"]),  # an empty set: the predicted class
        (classes([0.7, 0.2, 0.1], [True, False, False]), [], "B", ["A", "B"]),
        (classes([0.7, 0.2, 0.1], [True, False, False]), ["B", "Control"], "", ["B", "Control"]),
    ],
)
def test_the_predicted_class_and_those_of_the_set_are_explained_and_the_control_never(table, wanted, against, asked):
    assert recognition.asked_classes(table, wanted, "Control", against) == asked


def study(seed: int = 0, people: int = 40):
    """A study of two folds whose networks know the classes: faces, and what the gallery holds of each fold."""
    rng = np.random.default_rng(seed)
    n = 3 * people
    labels = np.repeat(CLASSES, people)
    faces = pd.DataFrame({"sample_id": [f"s{i}" for i in range(n)], "label": labels})
    faces["subject_id"] = faces["kin_group"] = faces["sample_id"]
    faces["fold"] = np.where(np.arange(n) % 5 == 4, "heldout", np.where(np.arange(n) % 2, "1", "2"))
    true = np.array([CLASSES.index(label) for label in labels])
    galleries = {}
    for fold in FOLDS:
        embeddings = 3 * np.eye(4)[true] + rng.normal(0, 1, (n, 4))
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        training = (~faces["fold"].isin(["heldout", fold])).to_numpy()
        distances = np.where(training, np.nan, distances_to(embeddings, embeddings[training], 3))
        galleries[fold] = FoldGallery(embeddings, 4 * np.eye(3)[true] + rng.normal(0, 2, (n, 3)), distances)
    return faces, galleries


def test_a_study_is_calibrated_by_out_of_fold_answers_alone():
    faces, galleries = study()
    before = recognition.calibrated(faces, galleries, CLASSES, 0.9, seed=1)
    assert before.table["fold"].tolist() == ["1", "2", "all", "heldout"]
    assert before.table["n"].tolist()[:2] == [48, 48]
    assert before.table["n"].tolist()[2:] == [96, 24]
    training = {  # answers to training faces tell nothing
        fold: FoldGallery(
            g.embeddings,
            np.where(
                (faces["fold"] == fold).to_numpy()[:, None] | (faces["fold"] == "heldout").to_numpy()[:, None],
                g.logits,
                99.0,
            ),
            g.distances,
        )
        for fold, g in galleries.items()
    }
    after = recognition.calibrated(faces, training, CLASSES, 0.9, seed=1)
    pd.testing.assert_frame_equal(before.table, after.table)
    measured = before.table.set_index("fold").loc["all"]
    assert 0.8 < measured["coverage"] <= 1 and measured["coverage_low"] < 0.9 < measured["coverage_high"]


def test_held_out_people_with_kin_in_the_folds_do_not_count():
    faces, galleries = study()
    kin = faces.copy()
    kin.loc[kin["fold"] == "heldout", "kin_group"] = "s0"
    table = recognition.calibrated(kin, galleries, CLASSES, 0.9, seed=1).table.set_index("fold")
    assert table.loc["heldout", "n"] == 0 and np.isnan(table.loc["heldout", "coverage"])


def test_likeness_is_the_share_of_out_of_fold_faces_that_lie_nearer():
    faces, galleries = study()
    near = {fold: galleries[fold].embeddings[(faces["fold"] != fold).to_numpy()][0] for fold in FOLDS}
    far = dict.fromkeys(FOLDS, np.array([0, 0, 0, -1.0]))
    alike, unlike = (recognition.likeness(each, galleries, faces, 3) for each in (near, far))
    assert alike.percentile < 60
    assert unlike.percentile == 100 and unlike.distance > 2 * alike.distance


def test_a_distance_is_to_the_kth_neighbour_or_the_last_there_is():
    training = np.array([[1.0, 0], [0, 1], [-1, 0]])
    assert distances_to(np.array([[1.0, 0]]), training, 1) == pytest.approx([0])
    assert distances_to(np.array([[1.0, 0]]), training, 2) == pytest.approx([1])
    assert distances_to(np.array([[1.0, 0]]), training, 9) == pytest.approx([2])
