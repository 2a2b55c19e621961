"""Turned photographs: the same points again, and which landmarks are those of a face."""

import numpy as np
import pytest
from gestalt_regions.faces.align import TEMPLATE
from gestalt_regions.faces.turns import MARGIN, TURNS, face_like, lean, quality, turned_back, turned_square


@pytest.mark.parametrize("turned", TURNS)
def test_points_go_back_to_where_the_pixels_were(turned):
    square = np.zeros((40, 40, 3), np.uint8)
    square[:30, :20] = np.random.default_rng(1).integers(1, 256, (30, 20, 3), dtype=np.uint8)
    seen = turned_square(square, (30, 20), turned)
    height, width = (30, 20) if turned in (0, 180) else (20, 30)
    assert seen[:height, :width].all() and not seen[height:].any() and not seen[:, width:].any()
    for x, y in ((0, 0), (width - 1, 3), (12, height - 1)):
        back_x, back_y = turned_back(np.array([x, y]), turned, (30, 20, 3))
        np.testing.assert_array_equal(seen[y, x], square[back_y, back_x])


def turned_points(turned):
    """Landmarks of a face that is upright once the photograph is turned, in the photograph as it is."""
    return turned_back(TEMPLATE, turned, (112, 112))


@pytest.mark.parametrize("turned", TURNS)
def test_landmarks_tell_their_turn(turned):
    points = turned_points(turned)
    assert face_like(points) and lean(points, turned) == pytest.approx(0, abs=1)
    worth = {other: quality(0.8, points, other) for other in TURNS}
    assert max(worth, key=worth.get) == turned and worth[turned] > 0.79
    assert all(value == 0 for other, value in worth.items() if other != turned)


def test_mirrored_or_swapped_landmarks_are_no_face():
    assert not face_like(TEMPLATE * [-1, 1]) and not face_like(TEMPLATE[[1, 0, 2, 3, 4]])
    assert quality(0.9, TEMPLATE * [-1, 1], 0) == 0 < MARGIN
