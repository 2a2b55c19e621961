"""Boxes of the parts of the face: how they are derived, and those that come with the code."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.face_parts import FEATURES, PARTS, SIDE, box_of, derive_boxes, points_of, read_boxes
from gestalt_regions.faces.landmarks import MIRRORED, POINT_COUNT
from gestalt_regions.tools.derive_parts import main


def drawn_landmarks(count: int) -> np.ndarray:
    """Features that lie where those of a face do, each with a spread of its own, in pixels of the 112-pixel crop."""
    random = np.random.default_rng(0)
    points = random.uniform(5, 107, (count, POINT_COUNT, 2))
    for feature, row in {"brows": 40, "eyes": 52, "nose": 70, "mouth": 92, "chin": 118}.items():
        points[:, FEATURES[feature], 1] = row + random.uniform(-3, 3, (count, len(FEATURES[feature])))
    for feature in ("nose", "mouth"):
        points[:, FEATURES[feature], 0] = 56 + random.uniform(-9, 9, (count, len(FEATURES[feature])))
    return points


def test_features_are_their_own_mirror_images_and_share_no_point():
    for points in FEATURES.values():
        assert {MIRRORED[point] for point in points} == set(points)
    everything = points_of(FEATURES)
    assert len(everything) == len(set(everything))
    assert set(range(33, POINT_COUNT)) | {0} == set(everything)


def test_a_box_of_points_is_their_quantile_and_a_margin():
    landmarks = drawn_landmarks(400)
    boxes = derive_boxes(landmarks).set_index("part")
    nose = 2 * landmarks[:, FEATURES["nose"]]
    left, bottom = np.quantile(nose[..., 0].min(1), 0.05) - 0.05 * SIDE, np.quantile(nose[..., 1].max(1), 0.95)
    assert boxes.loc["nose", "left"] == np.floor(left)
    assert boxes.loc["nose", "bottom"] == np.ceil(bottom + 0.05 * SIDE) + 1
    assert boxes.loc["full_face"].tolist() == [0, 0, SIDE, SIDE]
    assert boxes.loc["upper_half", "bottom"] == boxes.loc["lower_half", "top"] == round(2 * landmarks[:, 86, 1].mean())
    assert boxes.loc["middle", ["left", "right"]].tolist() == [0, SIDE]
    assert list(boxes.index) == list(PARTS)


def test_a_margin_does_not_leave_the_crop():
    boxes = derive_boxes(drawn_landmarks(20) + 30).set_index("part")
    assert boxes.loc["mouth", "bottom"] == SIDE


def test_the_boxes_that_come_with_the_code_are_named_as_the_parts(root):
    boxes = read_boxes(root / "resources/face_parts.csv")
    assert list(boxes) == list(PARTS)
    template_eyes, template_mouth = 2 * 51.6, 2 * 92.3  # rows of the alignment's template
    assert boxes["eyes"][1] < template_eyes < boxes["eyes"][3] < boxes["mouth"][1] + 10
    assert boxes["mouth"][1] < template_mouth < boxes["mouth"][3]


def test_the_command_writes_them(tmp_path):
    np.save(tmp_path / "landmarks.npy", drawn_landmarks(30).astype(np.float32))
    main([str(tmp_path / "landmarks.npy"), "--table", str(tmp_path / "parts.csv")])
    written = pd.read_csv(tmp_path / "parts.csv")
    pd.testing.assert_frame_equal(written, derive_boxes(np.load(tmp_path / "landmarks.npy")), check_dtype=False)


def test_a_wrong_table_and_an_unknown_part_are_named(tmp_path, root):
    path = tmp_path / "parts.csv"
    path.write_text("part,left,top,right,bottom\neyes,10,20,300,40\n")
    with pytest.raises(InputError, match=r"parts.csv: the box of eyes is \(10, 20, 300, 40\); it must lie in 0 to 224"):
        read_boxes(path)
    with pytest.raises(InputError, match="no part 'eye'; did you mean eyes"):
        box_of("eye", root / "resources/face_parts.csv")
    assert box_of("full_face", "") == (0, 0, SIDE, SIDE)
