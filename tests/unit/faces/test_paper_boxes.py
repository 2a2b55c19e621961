"""The published boxes on a drawn face, their disjointness on any label map, and what happens to missing parts."""

import numpy as np
import pytest
from gestalt_regions.faces.paper_boxes import PARTS, missing_parts, region_boxes, region_map
from gestalt_regions.faces.parse import LAPA, to_lapa
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS

# x0, y0, x1, y1 in pixels of a 224-pixel crop
DRAWN = {
    "skin": (30, 20, 194, 220),
    "right_brow": (50, 70, 90, 80),
    "right_eye": (60, 90, 90, 110),
    "left_brow": (134, 70, 174, 80),
    "left_eye": (134, 90, 164, 110),
    "nose": (92, 90, 132, 150),
    "upper_lip": (82, 170, 142, 180),
    "inner_mouth": (90, 180, 134, 184),
    "lower_lip": (82, 184, 142, 200),
}


def draw(parts=DRAWN, size=224):
    labels = np.zeros((size, size), np.uint8)
    for name, (x0, y0, x1, y1) in parts.items():
        labels[y0:y1, x0:x1] = LAPA.index(name)
    return labels


def test_published_geometry():
    boxes = region_boxes(draw())
    # right: brow and eye span (50, 70, 90, 110), w = h = 40: 8 outwards (left), 4 inwards, 8 up and down
    assert boxes["right_eye"] == (42, 62, 94, 118)
    assert boxes["left_eye"] == (130, 62, 182, 118)
    # eye boxes are 56 high; the nose starts 0.3 of it below their top, and ends half way from 150 to the lips at 170
    assert boxes["nose"] == pytest.approx((92, 62 + 0.3 * 56, 132, 160))
    # lips are 60 wide, so 12 more on each side; the bottom goes down by half the gap of 20
    assert boxes["mouth"] == (70, 160, 154, 210)


def test_eyes_win_over_the_nose():
    regions = region_map(draw())
    assert (regions[100, 92:94] == 1).all() and (regions[100, 94:130] == 2).all() and (regions[100, 130:132] == 1).all()
    assert [int((regions == i).sum()) for i in (1, 2, 3)] == [2 * 52 * 56, 36 * (118 - 79) + 40 * (160 - 118), 84 * 50]


def test_only_the_largest_component_counts():
    speck = draw()
    speck[10:16, 5:12] = LAPA.index("left_brow")
    assert region_boxes(speck) == region_boxes(draw())


def test_nose_and_lips_that_touch():
    nose_over_lips = {name: box for name, box in DRAWN.items() if name != "nose"} | {"nose": (92, 90, 132, 174)}
    boxes = region_boxes(draw(nose_over_lips))
    assert boxes["nose"][3] == boxes["mouth"][1] == 172
    assert boxes["mouth"][3] == 200


@pytest.mark.parametrize("seed", range(30))
def test_regions_are_disjoint_and_within_their_boxes_for_any_labels(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.choice([32, 112, 224]))
    coarse = rng.integers(0, len(LAPA), (8, 8)).astype(np.uint8)
    labels = (
        coarse.repeat(size // 8, axis=0).repeat(size // 8, axis=1) if seed % 3 else np.zeros((size, size), np.uint8)
    )
    regions, boxes = region_map(labels), region_boxes(labels)
    assert regions.shape == labels.shape and regions.dtype == np.uint8
    assert set(np.unique(regions)) <= {0, *PAPER_REGION_IDS.values()}
    assert boxes["nose"][3] == boxes["mouth"][1]  # nose and mouth share a border, so they never overlap
    y, x = np.nonzero(regions == 3)
    x0, y0, x1, y1 = boxes["mouth"]
    assert not len(x) or (
        x.min() + 0.5 >= x0 - 0.5 and x.max() <= x1 + 0.5 and y.min() >= y0 - 0.5 and y.max() <= y1 + 0.5
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named_and_placed_by_landmarks(part):
    labels = draw({name: box for name, box in DRAWN.items() if name != part})
    assert missing_parts(labels) == [part]
    whole, partial = region_boxes(draw()), region_boxes(labels)
    assert np.abs(np.array([whole[k] for k in whole]) - np.array([partial[k] for k in whole])).max() < 30


def test_nothing_parsed_still_gives_three_regions():
    labels = np.zeros((112, 112), np.uint8)
    assert missing_parts(labels) == list(PARTS) and missing_parts(draw()) == []
    assert set(np.unique(region_map(labels))) == {0, 1, 2, 3}


POINTS = np.array([[40.0, 40.0], [88.0, 40.0], [64.0, 64.0], [48.0, 90.0], [80.0, 90.0]])


def celeba(brow_left_of_image, brow_right_of_image):
    labels = np.ones((128, 128), np.uint8)
    labels[25:30, 30:50] = brow_left_of_image
    labels[25:30, 78:98] = brow_right_of_image
    return labels


@pytest.mark.parametrize("pair", [(2, 3), (3, 2), (2, 2), (3, 3)])
def test_brows_go_to_their_side_whatever_the_parser_called_them(pair):
    lapa = to_lapa(celeba(*pair), POINTS)
    assert (lapa[25:30, 30:50] == LAPA.index("right_brow")).all()
    assert (lapa[25:30, 78:98] == LAPA.index("left_brow")).all()


def test_joined_brows_are_cut_at_the_mid_line_and_a_small_overlap_is_not():
    joined = np.ones((128, 128), np.uint8)
    joined[25:30, 30:98] = 2
    lapa = to_lapa(joined, POINTS)
    assert (lapa[27, 30:64] == 2).all() and (lapa[27, 64:98] == 3).all()
    over = np.ones((128, 128), np.uint8)
    over[25:30, 30:67] = 3
    assert (to_lapa(over, POINTS)[27, 30:67] == 2).all()


def test_sides_follow_a_tilted_face():
    tilt = np.array([[0.0, -1.0], [1.0, 0.0]])  # a quarter turn
    turned = (POINTS - 63.5) @ tilt.T + 63.5
    lapa = to_lapa(np.rot90(celeba(3, 2), -1), turned)
    np.testing.assert_array_equal(lapa, np.rot90(to_lapa(celeba(3, 2), POINTS), -1))


def test_every_celebamask_label_has_its_place():
    expected = [0, 1, None, None, None, None, 1, 11, 11, 0, 6, 8, 7, 9, 0, 0, 0, 10, 0]
    for label, lapa in enumerate(expected):
        if lapa is not None:
            assert (to_lapa(np.full((8, 8), label, np.uint8), POINTS / 16) == lapa).all()
