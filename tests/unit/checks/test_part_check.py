"""What parts of the face hold, and errors of landmarks, against planted truth."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.checks.part_check import FOUND, TRUE, TRUE_FEATURES, inside, true_points, write_part_check
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES
from gestalt_regions.faces import align
from gestalt_regions.faces.face_parts import FEATURES, PARTS, read_boxes
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.landmarks import FIVE_OF_DENSE, MIRRORED, POINT_COUNT, five_points

N = 12
MIDDLES = {"brows": (56, 40), "eyes": (56, 52), "nose": (56, 71), "mouth": (56, 92), "chin": (56, 116)}


def test_the_five_points_of_the_106():
    points = np.arange(2.0 * POINT_COUNT).reshape(POINT_COUNT, 2)
    five = five_points(np.stack([points, 2 * points]))
    assert five.shape == (2, 5, 2) and (five[1] == 2 * five[0]).all()
    assert five[0, 2:].tolist() == [points[i].tolist() for i in (86, 52, 61)]
    assert five[0, 0].tolist() == points[33:43].mean(0).tolist()
    mirrored = [tuple(sorted(MIRRORED[i] for i in points)) for points in FIVE_OF_DENSE]
    assert mirrored == [FIVE_OF_DENSE[i] for i in (1, 0, 2, 4, 3)]


def test_true_points_belong_to_one_feature_but_the_jaw_to_none():
    chosen = [point for feature in TRUE_FEATURES for point in true_points(feature)]
    assert len(chosen) == len(set(chosen)) and set(TRUE_FEATURES) == set(FEATURES)
    left = {NAMES[i] for i in range(len(NAMES) - 68, len(NAMES))} - {NAMES[i] for i in chosen}
    assert left and all("jaw" in name for name in left)
    assert len(true_points("eyes")) == 12 and len(true_points("brows")) == 10


def test_a_face_is_inside_when_all_its_points_are():
    points = np.array([[[10, 10], [20, 20]], [[10, 10], [20, 30]]], float)  # pixels of 112: twice as many of 224
    assert inside(points, (20, 20, 41, 41)).tolist() == [True, False]
    assert inside(points, (20, 20, 40, 61)).tolist() == [False, False]


@pytest.fixture
def study(tmp_path, root):
    """study(with_truth, wrong): the tables of faces whose features lie where they should, but `wrong` of the mouths."""

    def make(with_truth=True, wrong=0, off=0.0):
        random = np.random.default_rng(0)
        dense = np.zeros((N, POINT_COUNT, 2))
        true = np.zeros((N, len(NAMES), 2))
        for feature, middle in MIDDLES.items():
            dense[:, FEATURES[feature]] = middle + random.uniform(-2, 2, (N, len(FEATURES[feature]), 2))
            true[:, true_points(feature)] = middle
        true[:, :5] = align.TEMPLATE
        for k, points in enumerate(FIVE_OF_DENSE):
            dense[:, points] = align.TEMPLATE[k] + np.array([off, 0])
        dense[:wrong, FEATURES["mouth"], 1] += 40
        names = [f"s{i:02d}" for i in range(N)]
        (tmp_path / "shard-1").mkdir(exist_ok=True)
        np.save(tmp_path / "shard-1/landmarks.npy", 2 * true)  # the photo is twice as large
        pd.DataFrame({"row": range(N), "sample_id": names}).to_csv(tmp_path / "shard-1/index.csv", index=False)
        samples = pd.DataFrame({"sample_id": names, "label": "KS", "subject_id": names, "kin_group": names})
        samples.assign(split="folds", simulated=with_truth).to_csv(tmp_path / "samples.csv", index=False)
        index = pd.DataFrame({"row": range(N), "sample_id": names})
        index[POINTS] = (2 * align.TEMPLATE).reshape(10)
        index.to_csv(tmp_path / "index.csv", index=False)
        np.save(tmp_path / "landmarks.npy", dense.astype(np.float32))
        inputs = {name: str(tmp_path / f"{name}.csv") for name in ("samples", "index")}
        inputs |= {"landmarks": str(tmp_path / "landmarks.npy"), "parts": str(root / "resources/face_parts.csv")}
        inputs["shards"] = [str(tmp_path / "shard-1")] if with_truth else []
        outputs = {name: str(tmp_path / f"out_{name}.csv") for name in ("parts", "landmarks")}
        bootstrap = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
        write_part_check(inputs, outputs, bootstrap=bootstrap, seed=1)
        parts = pd.read_csv(outputs["parts"]).set_index(["part", "feature", "points"])
        return parts, pd.read_csv(outputs["landmarks"]).set_index(["point", "points"])

    return make


def test_parts_hold_what_they_must(study, root):
    parts, landmarks = study()
    assert (parts.loc[parts["must"], "mean"] == 1).all() and parts["must"].sum() == 2 * sum(
        len(p.holds) for p in PARTS.values()
    )
    assert parts.loc[("lower_half", "eyes", TRUE), "mean"] == 0
    assert list(dict.fromkeys(parts.index.get_level_values(0))) == list(read_boxes(root / "resources/face_parts.csv"))
    assert len(parts) == len(PARTS) * len(FEATURES) * 2
    assert landmarks["mean"].abs().max() < 1e-4


def test_a_feature_outside_is_counted(study):
    parts, _ = study(wrong=3)
    assert parts.loc[("mouth", "mouth", FOUND), "mean"] == pytest.approx(9 / 12)
    low, high = parts.loc[("mouth", "mouth", FOUND), ["low", "high"]]
    assert low < 0.75 < high
    assert parts.loc[("mouth", "mouth", TRUE), "mean"] == 1


def test_a_planted_error_has_its_size_and_direction(study):
    _, landmarks = study(off=2.0)
    eyes = np.linalg.norm(align.TEMPLATE[1] - align.TEMPLATE[0])
    found = landmarks.xs(FOUND, level="points")
    assert found["mean"].to_numpy() == pytest.approx(np.full(5, 200 / eyes), rel=1e-4)
    assert found["across"].to_numpy() == pytest.approx(np.full(5, 200 / eyes), rel=1e-4)
    assert found["down"].abs().max() < 1e-4
    assert landmarks.xs("detector's five", level="points")["mean"].abs().max() < 1e-4


def test_photographs_have_no_truth(study):
    parts, landmarks = study(with_truth=False)
    assert set(parts.index.get_level_values(2)) == {FOUND} and len(landmarks) == 0
    assert not parts["simulated"].any()
