"""Region sets: the committed file, geometry on a drawn face, disjointness, and errors that name what is wrong."""

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.align import template
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.parse import LABELS
from gestalt_regions.faces.region_maps import face_coordinates, region_set_map, write_region_maps
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.regions.sets import load_sets, region_ids

SIZE = 112


@pytest.fixture
def sets(root):
    return load_sets(root / "resources/regions.yaml", LABELS)


def drawn():
    """Labels of a frontal face on the template: boxes (x0, y0, x1, y1) in pixels of the 112 crop."""
    labels = np.zeros((SIZE, SIZE), np.uint8)
    parts = {
        "hair": (10, 0, 102, 60),
        "ear": (6, 50, 106, 75),
        "skin": (14, 18, 98, 112),
        "right_brow": (26, 38, 48, 43),
        "left_brow": (64, 38, 86, 43),
        "right_eye": (32, 48, 45, 55),
        "left_eye": (67, 48, 80, 55),
        "nose": (46, 52, 66, 78),
        "upper_lip": (43, 87, 69, 92),
        "inner_mouth": (46, 92, 66, 93),
        "lower_lip": (43, 93, 69, 100),
    }
    for name, (x0, y0, x1, y1) in parts.items():
        labels[y0:y1, x0:x1] = LABELS.index(name)
    return labels


def test_the_file_has_the_three_sets_and_paper_ids_are_those_of_the_boxes(sets, root):
    assert list(sets) == ["paper", "segments", "fine"]
    assert region_ids(root / "resources/regions.yaml", "paper") == PAPER_REGION_IDS
    assert set(sets["fine"]["regions"]) == {
        "brows",
        "eyes",
        "nasal_bridge",
        "nose_tip",
        "philtrum",
        "upper_lip",
        "mouth",
        "chin",
        "forehead",
        "cheeks",
        "ears",
        "hair",
        "background",
    }


def test_face_coordinates_follow_landmarks_when_the_face_turns():
    points = template(SIZE)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    for landmarks in (points, (points - 56) @ turn.T + 56):
        u, v, distance = face_coordinates(landmarks, SIZE)
        assert distance == pytest.approx(np.linalg.norm(points[1] - points[0]))
        for point, expected in ((landmarks[:2].mean(axis=0), (0, 0)), (landmarks[3:].mean(axis=0), (0, 1))):
            x, y = np.round(point).astype(int)
            assert (u[y, x], v[y, x]) == pytest.approx(expected, abs=0.02)
        x, y = np.round(landmarks[1]).astype(int)
        assert u[y, x] == pytest.approx(0.5, abs=0.02)


def test_segments_are_the_labels_themselves(sets):
    labels = drawn()
    regions = region_set_map(labels, template(SIZE), sets["segments"]["regions"], LABELS)
    assert (regions > 0).all()
    for number, pieces in enumerate(sets["segments"]["regions"].values(), start=1):
        wanted = np.isin(labels, [LABELS.index(name) for name in pieces[0]["labels"]])
        np.testing.assert_array_equal(regions == number, wanted)


def test_fine_regions_lie_where_anatomy_says(sets):
    labels, names = drawn(), list(sets["fine"]["regions"])
    regions = region_set_map(labels, template(SIZE), sets["fine"]["regions"], LABELS)

    def at(x, y):
        return names[regions[y, x] - 1]

    places = {
        "brows": (36, 40),
        "eyes": (38, 51),
        "nasal_bridge": (56, 50),
        "nose_tip": (56, 74),
        "philtrum": (56, 82),
        "upper_lip": (56, 89),
        "mouth": (56, 96),
        "chin": (56, 106),
        "forehead": (56, 24),
        "cheeks": (24, 76),
        "ears": (8, 60),
        "hair": (12, 5),
        "background": (2, 100),
    }
    assert {name: at(*place) for name, place in places.items()} == {name: name for name in places}
    assert at(38, 57) == "eyes" and labels[57, 38] == LABELS.index("skin")  # the lid grows over skin
    assert at(38, 42) == "brows" and at(47, 54) == "nasal_bridge"  # but neither over brow nor nose
    assert (regions > 0).all()  # the set leaves no pixel of the crop without a region


@pytest.mark.parametrize("name", ["segments", "fine"])
def test_sets_are_disjoint_and_cover_any_label_map(sets, name):
    """Each pixel carries one id; the regions' own masks, taken alone, may overlap, and the first of the list wins."""
    rng = np.random.default_rng(0)
    regions = sets[name]["regions"]
    for _ in range(5):
        labels = rng.integers(0, len(LABELS), (8, 8)).astype(np.uint8).repeat(14, axis=0).repeat(14, axis=1)
        points = template(SIZE) + rng.normal(0, 3, (5, 2))
        found = region_set_map(labels, points, regions, LABELS)
        assert (
            found.shape == labels.shape and found.dtype == np.uint8 and 0 < found.min() <= found.max() <= len(regions)
        )
        taken = np.zeros(labels.shape, bool)
        for number, (region, pieces) in enumerate(regions.items(), start=1):
            alone = region_set_map(labels, points, {region: pieces}, LABELS) > 0
            np.testing.assert_array_equal(found == number, alone & ~taken)
            taken |= alone


def test_stored_maps_follow_the_landmarks_of_the_photograph(tmp_path, root, sets):
    np.save(tmp_path / "labels.npy", np.stack([drawn(), np.zeros((SIZE, SIZE), np.uint8)]))
    moved = template(SIZE) * 2.5 + 40  # the crop is aligned: a shifted, larger photograph gives the same map
    table = pd.DataFrame([moved.ravel(), moved.ravel()], columns=POINTS)
    table.assign(row=[0, 1], sample_id=["a", "b"]).to_csv(tmp_path / "index.csv", index=False)
    write_region_maps(
        labels=tmp_path / "labels.npy",
        index=tmp_path / "index.csv",
        sets=root / "resources/regions.yaml",
        regions=tmp_path / "r.npy",
        region_set="fine",
    )
    stack = np.load(tmp_path / "r.npy")
    np.testing.assert_array_equal(stack[0], region_set_map(drawn(), template(SIZE), sets["fine"]["regions"], LABELS))
    assert set(np.unique(stack[1])) == {len(sets["fine"]["regions"])}  # nothing parsed: all background


@pytest.mark.parametrize(
    ("piece", "message"),
    [({"labels": ["nos"]}, "no label 'nos'.*nose"), ({"labels": ["nose"], "w": [0, 1]}, "unknown key 'w'")],
)
def test_mistakes_in_the_file_are_named(tmp_path, piece, message):
    path = tmp_path / "regions.yaml"
    path.write_text(yaml.safe_dump({"mine": {"about": "", "regions": {"nose": [piece]}}}))
    with pytest.raises(InputError, match=message):
        load_sets(path, LABELS)


def test_an_unknown_set_is_named(root):
    with pytest.raises(InputError, match=r"no region set 'fin'.*fine"):
        region_ids(root / "resources/regions.yaml", "fin")
