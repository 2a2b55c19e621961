"""Occluders: each hides what its name says, is drawn in its place, and is the same for the same seed."""

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces import align
from gestalt_regions.faces.occluder_painting import occluded, paint, skin_colour
from gestalt_regions.faces.occluders import OCCLUDERS, Place, Shape

SIDE = 112
SKIN = (200, 150, 120)
PLACES = {"forehead": (56, 28), "right eye": (38, 52), "left eye": (73, 52), "mouth": (56, 92), "chin": (56, 108)}
HIDES = {
    "fringe": {"forehead"},
    "sunglasses": {"right eye", "left eye"},
    "hand": {"mouth", "chin"},
    "mask": {"mouth", "chin"},
}


@pytest.fixture
def dense():
    """106 landmarks of a plain face: outline, brows, eyes, nose and mouth about the template."""
    points = np.zeros((106, 2))
    down = np.linspace(0, 1, 17)[:16]
    half = np.stack([50 * np.cos(down * np.pi / 2), 45 + 72 * np.sin(down * np.pi / 2)], 1)
    points[0] = (56, 117)
    points[1:17], points[17:33] = np.add(half * (-1, 1), (56, 0)), np.add(half, (56, 0))
    eyes, nose, corners = align.TEMPLATE[:2], align.TEMPLATE[2], align.TEMPLATE[3:]
    points[33:43], points[87:97] = eyes
    points[43:52], points[97:106] = eyes - (0, 12)
    points[52:72] = corners.mean(0)
    points[[52, 61]] = corners
    points[72:87] = nose
    return points


def drawn(dense, occluder, size=1, turn=0.0):
    """The occluder on a plain photograph in which the face is `size` times as large, and turned by so many degrees."""
    angle, big = np.radians(turn), 2 * SIDE * size
    matrix = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    to_photo = np.eye(3)
    to_photo[:2, :2], to_photo[:2, 2] = matrix, big / 2 - matrix @ (56, 70)
    photo = np.full((big, big, 3), SKIN, np.uint8)
    five = align.transform(to_photo, align.TEMPLATE)
    return (*occluded(photo, five, dense, occluder, generator(1, occluder)), photo, to_photo)


@pytest.mark.parametrize("occluder", OCCLUDERS)
@pytest.mark.parametrize(("size", "turn"), [(1, 0), (2, 25)])
def test_each_hides_its_part_and_no_other(dense, occluder, size, turn):
    picture, hidden, photo, to_photo = drawn(dense, occluder, size, turn)
    where = {name: np.round(align.transform(to_photo, np.array(at, float))).astype(int) for name, at in PLACES.items()}
    assert {name for name, (x, y) in where.items() if hidden[y, x]} == HIDES[occluder]
    changed = (picture != photo).any(axis=2)
    assert not changed[~hidden].mean() > 0.02 and changed[hidden].mean() > 0.9


def test_the_same_seed_draws_the_same_and_another_differs(dense):
    first, again = (drawn(dense, "fringe")[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    photo = np.full((224, 224, 3), SKIN, np.uint8)
    five = np.add(align.TEMPLATE, (56, 42))
    other = occluded(photo, five, dense, "fringe", generator(2, "fringe"))[0]
    assert (first != other).any()


def test_a_hand_has_the_colour_of_the_skin(dense):
    crop = np.full((SIDE, SIDE, 3), SKIN, np.uint8)
    assert skin_colour(crop, dense) == SKIN
    shapes = OCCLUDERS["hand"](Place(dense, SKIN), generator(1, "hand"))
    ratios = np.array([np.array(shape.colour) / SKIN for shape in shapes if not shape.width])
    np.testing.assert_allclose(ratios, ratios[:, :1] * np.ones(3), rtol=1e-6)  # lighter or darker, of the same tint


def test_a_shape_outside_the_frame_is_left_out_and_alpha_mixes():
    far = Shape(np.array([[900.0, 900], [920, 900], [920, 920]]), SKIN)
    assert paint([far], 1.0).max() == 0
    square = np.array([[10.0, 10], [60, 10], [60, 60], [10, 60]])
    painted = paint([Shape(square, (255, 255, 255)), Shape(square, (0, 0, 0), alpha=0.5)], 1.0)
    middle = painted[35 + 84, 35 + 84]
    np.testing.assert_allclose(middle, [0.5, 0.5, 0.5, 1.0], atol=1e-3)


def test_the_config_knows_every_occluder(root):
    schema = yaml.safe_load((root / "config/schemas/gestalt.schema.yaml").read_text())
    keys = schema["properties"]["test_sets"]["additionalProperties"]["properties"]
    assert set(keys["occluder"]["enum"]) == set(OCCLUDERS) == set(HIDES)


def test_photographs_without_a_face_stay_as_they_are(tmp_path, dense, monkeypatch):
    from gestalt_regions.faces import occluded_photographs
    from gestalt_regions.faces.given_landmarks import POINTS
    from PIL import Image

    monkeypatch.setattr(occluded_photographs, "open_landmark_network", lambda weights, threads: None)
    monkeypatch.setattr(occluded_photographs, "detections", lambda run, photo, five: dense[None])
    (tmp_path / "set").mkdir()
    rows = [
        (name, f"{name}.png", "A", name, name, split, True)
        for name, split in (("a", "heldout"), ("b", "heldout"), ("c", "folds"))
    ]
    for name in "abc":
        Image.new("RGB", (224, 224), SKIN).save(tmp_path / f"{name}.png")
    pd.DataFrame(rows, columns=occluded_photographs.TEXT).to_csv(tmp_path / "samples.csv", index=False)
    five = dict(zip(POINTS, np.add(align.TEMPLATE, (56, 42)).ravel(), strict=True))
    pd.DataFrame([{"sample_id": "a", **five}]).to_csv(tmp_path / "index.csv", index=False)
    occluded_photographs.occlude_photographs(
        samples=tmp_path / "samples.csv",
        index=tmp_path / "index.csv",
        weights="",
        photographs=tmp_path / "set/photographs",
        listed=tmp_path / "set/samples.csv",
        occluder="mask",
        seed=1,
        threads=1,
    )
    listed = pd.read_csv(tmp_path / "set/samples.csv").set_index("sample_id")
    assert listed["image"].to_dict() == {"a": "photographs/a.png", "b": "../b.png"}
    assert set(listed["occluder"]) == {"mask"}
    with Image.open(tmp_path / "set/photographs/hidden/a.png") as hidden:
        assert 0.05 < np.asarray(hidden.convert("L")).astype(bool).mean() < 0.3
