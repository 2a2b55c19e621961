"""Landmarks that the cohort gives instead of a detector's."""

import numpy as np
import pandas as pd
import pytest
import skimage.data
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.align import TEMPLATE
from gestalt_regions.faces.face_shards import FaceSettings, faces_shard
from gestalt_regions.faces.given_landmarks import COLUMNS, POINTS, given_face, read_given
from gestalt_regions.faces.kept_faces import kept_faces
from gestalt_regions.faces.unusable import Unusable
from PIL import Image


def stage(folder, asset, samples, detector):
    """(crops, index, excluded) of the one shard of `samples`."""
    samples.to_csv(folder / "samples.csv", index=False)
    faces = folder / f"{detector}.npz"
    tables = [folder / f"{detector}-{name}.csv" for name in ("index", "excluded")]
    settings = FaceSettings(
        shards=1,
        sizes=[112],
        detector=detector,
        detection_size=256,
        retry_sizes=[],
        min_score=0.5,
        min_eye_distance=20,
        several="clear_largest",
        comparable_area=0.5,
        parse_size=320,
        parse_margin=0.1,
        device="cpu",
    )
    faces_shard(
        samples=folder / "samples.csv",
        detector_weights=asset("scrfd_500m.onnx") if detector == "scrfd" else [],
        parser_weights=asset("bisenet.pth"),
        listed="",
        faces=faces,
        index=tables[0],
        excluded=tables[1],
        photographs=folder / "photographs.csv",
        shard=1,
        settings=settings,
        threads=1,
    )
    index, excluded = (pd.read_csv(path) for path in tables)
    with kept_faces(faces) as read:
        return [read(("crops", 112), sample) for sample in index["sample_id"]], index, excluded


def test_a_detectors_own_landmarks_given_make_the_same_crop(tmp_path, asset):
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "a.png")
    samples = pd.DataFrame({"sample_id": ["a"], "image": "a.png"})
    crops, index, _ = stage(tmp_path, asset, samples, "scrfd")
    marks = index[COLUMNS]
    both = pd.concat([samples, samples.assign(sample_id="b")], ignore_index=True)
    both = both.join(pd.concat([marks, marks.assign(y4=np.nan)], ignore_index=True))
    again, found, excluded = stage(tmp_path, asset, both, "given")
    np.testing.assert_array_equal(again[0], crops[0])
    assert found["sample_id"].tolist() == ["a"] and "given" in found["warnings"][0]
    pd.testing.assert_frame_equal(found[COLUMNS], marks)
    assert excluded[["sample_id", "reason"]].values.tolist() == [["b", "no_face"]]


def test_points_keep_their_order_and_small_faces_are_excluded():
    row = pd.Series(dict(zip(COLUMNS, [1, 2, 41, 2, 20, 30, 5, 50, 40, 51, 0, 0, 60, 70, 0.9], strict=True)))
    face = given_face(row, (512, 512, 3), 20)
    assert face.points.tolist() == [[1, 2], [41, 2], [20, 30], [5, 50], [40, 51]]
    assert face.box.tolist() == [0, 0, 60, 70] and face.score == 0.9
    with pytest.raises(Unusable, match=r"eyes 40\.0 pixels apart"):
        given_face(row, (512, 512, 3), 41)


def test_a_cohort_without_landmarks_says_what_it_lacks(tmp_path):
    (tmp_path / "samples.csv").write_text("sample_id,image\na,a.png\n")
    with pytest.raises(InputError, match="no column 'x1'"):
        read_given(tmp_path / "samples.csv")


def row_of(points):
    values = dict(zip(POINTS, np.asarray(points, float).ravel(), strict=True))
    return pd.Series({**values, "bb_x1": 0, "bb_y1": 0, "bb_x2": 1, "bb_y2": 1, "score": 1.0})[COLUMNS]


def test_given_landmarks_are_checked_against_the_shape_of_a_face():
    face = TEMPLATE + 100
    assert given_face(row_of(face), (400, 300, 3), 20).warnings == ("given",)
    sideways = face[:, ::-1] * [1, -1] + [0, 400]
    turned = given_face(row_of(sideways), (400, 300, 3), 20)
    assert turned.warnings == ("given", "turned_90") and turned.turned == 90
    refused = {
        "do not stand as in a face; their order": face[[1, 0, 2, 3, 4]],
        "1 is the eye on the left": face[[1, 0, 2, 4, 3]],
        r"outside the 300 x 400 image; are they of another size": face + np.array([250, 0]),
    }
    for said, points in refused.items():
        with pytest.raises(Unusable, match=said) as caught:
            given_face(row_of(points), (400, 300, 3), 20)
        assert caught.value.reason == "bad_landmarks"
