"""Detector and parser against planted truth: no error where they are right, the planted error where they are not."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.checks import parsing_truth
from gestalt_regions.checks.parsing_truth import as_lapa, found_row, iou, landmark_error
from gestalt_regions.cohort.simulated.head.head_model import LABELS
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.paper_boxes import region_map
from gestalt_regions.faces.parse import LAPA
from gestalt_regions.truth.rendered_truth import RenderedTruth

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
SIZE = 112


def test_iou_of_equal_disjoint_and_absent_labels():
    one = np.zeros((4, 4), np.uint8)
    one[:2] = 1
    other = np.zeros((4, 4), np.uint8)
    other[1:3] = 1
    assert iou(one, one, [0, 1]).tolist() == [1, 1]
    assert iou(one, other, [1])[0] == pytest.approx(1 / 3)
    assert iou(one, np.full_like(one, 7), [1])[0] == 0
    assert np.isnan(iou(one, one, [5])[0])


def test_error_is_in_percent_of_the_true_eye_distance():
    shifted = align.TEMPLATE + np.array([0, 3])
    distance = np.linalg.norm(align.TEMPLATE[1] - align.TEMPLATE[0])
    np.testing.assert_allclose(landmark_error(shifted, align.TEMPLATE), 300 / distance)
    np.testing.assert_allclose(landmark_error(2 * shifted, 2 * align.TEMPLATE), 300 / distance)
    assert landmark_error(align.TEMPLATE, align.TEMPLATE).tolist() == [0] * 5


def test_true_labels_beyond_lapa_become_background():
    ids = np.arange(len(LABELS), dtype=np.uint8)[None]
    assert as_lapa(ids)[0].tolist() == [*range(11), 0, 0, 0]
    assert list(LABELS)[:11] == list(LAPA)


def test_faces_found_counts_the_excluded():
    found = pd.DataFrame({"faces_found": [1, 1, 2], "kin_group": list("aab")})
    row = found_row(pd.DataFrame({"reason": ["no_face"]}), found, 0.95)
    assert row["mean"] == 0.75 and row["low"] < 0.75 < row["high"] < 1
    assert row["note"] == "3 of 4; excluded: no_face 1; 1 with more than one face"


def head(shift=0):
    """A true label map of a photo of 224 pixels: twice the template's face, its eyes `shift` pixels lower."""
    labels = np.full((224, 224), LABELS["skin"], np.uint8)
    labels[:20], labels[-20:] = LABELS["hair"], LABELS["neck"]
    for name, (x, y), w, h in (
        ("right_brow", (76, 84), 16, 5),
        ("left_brow", (148, 84), 16, 5),
        ("right_eye", (76, 103 + shift), 12, 6),
        ("left_eye", (148, 103 + shift), 12, 6),
        ("nose", (112, 130), 14, 16),
        ("upper_lip", (112, 180), 28, 5),
        ("lower_lip", (112, 192), 28, 6),
    ):
        labels[y - h : y + h, x - w : x + w] = LABELS[name]
    return labels


@pytest.fixture
def study(tmp_path):
    """study(parsed label maps, detected points): the finished table of photos that all show `head()`."""

    def make(parsed, points):
        names = [f"s{i}" for i in range(len(parsed))]
        shard = tmp_path / "shard-1"
        shard.mkdir(exist_ok=True)
        np.save(shard / "labels.npy", np.stack([head() for _ in names]))
        true = np.concatenate([2 * align.TEMPLATE, np.zeros((3, 2))])
        np.save(shard / "landmarks.npy", np.stack([true for _ in names]))
        pd.DataFrame({"row": range(len(names)), "sample_id": names}).to_csv(shard / "index.csv", index=False)
        samples = pd.DataFrame({"sample_id": names, "label": "KS", "subject_id": names, "kin_group": names})
        samples.assign(split="folds", simulated=True).to_csv(tmp_path / "samples.csv", index=False)
        index = pd.DataFrame({"row": range(len(names)), "sample_id": names, "faces_found": 1})
        index[POINTS] = np.reshape(points, (len(names), 10))
        index.to_csv(tmp_path / "index.csv", index=False)
        (tmp_path / "excluded.csv").write_text("sample_id,image,reason,detail\n")
        warped = [align.warp_labels(as_lapa(p), np.diag([0.5, 0.5, 1]), SIZE) for p in parsed]
        np.save(tmp_path / "labels.npy", np.stack(warped))
        np.save(tmp_path / "regions.npy", np.stack([region_map(w) for w in warped]))
        outputs = [tmp_path / "parsing.csv", tmp_path / "parsing.tex"]
        names = ("samples.csv", "index.csv", "excluded.csv", "labels.npy", "regions.npy")
        files = {f"{name[:-4]}_path": tmp_path / name for name in names}
        files |= {"csv_path": outputs[0], "tex_path": outputs[1]}
        parsing_truth.write_parsing_table(**files, shards=[shard], bootstrap=BOOTSTRAP, seed=1)
        assert "Simulated" in outputs[1].read_text()
        return pd.read_csv(outputs[0]).set_index(["measure", "item"])

    return make


def test_a_parser_that_is_right_has_no_error(study):
    table = study([head()] * 4, [2 * align.TEMPLATE] * 4)
    assert table.loc[("faces found", "all"), "mean"] == 1 and table.loc[("faces found", "all"), "low"] < 1
    assert (table.loc["landmark error", "mean"].abs() < 1e-6).all()
    agreement = table.loc["label IoU"]
    assert (agreement["mean"].drop("inner_mouth") == 1).all() and (table.loc["region box IoU", "mean"] == 1).all()
    assert agreement.loc["inner_mouth", "images"] == 0 and np.isnan(agreement.loc["inner_mouth", "mean"])
    assert agreement.loc["inner_mouth", "note"] == "in 4 images it is not there"
    assert (table.loc["label area", "mean"].drop("inner_mouth") == 1).all()
    assert set(table.loc["region box IoU"].index) == {"eyes", "nose", "mouth"}


def test_planted_errors_are_measured_and_stay_where_they_are(study):
    points = 2 * align.TEMPLATE
    points[2] += [0, 7]
    table = study([head(shift=6)] * 3 + [head()], [points] * 4)
    assert table.loc[("landmark error", "nose"), "mean"] == pytest.approx(100 * 7 / 70.475, rel=1e-3)
    assert table.loc[("landmark error", "right_eye"), "mean"] < 1e-6
    agreement = table.loc["label IoU", "median"]
    assert agreement["right_eye"] < 0.6 < 0.8 < agreement["nose"]
    boxes = table.loc["region box IoU", "median"]
    assert boxes["eyes"] < boxes["mouth"]


def test_truth_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no rendered shard holds the photo x"):
        RenderedTruth([]).labels("x")
