"""Views of training images: what a recipe shows of them, and that caching changes nothing."""

import numpy as np
import pytest
from gestalt_regions.core.seeds import generator
from gestalt_regions.models.augment import Changed, Mirrored, views_of_recipe

STILL = {"flip": False, "grey": 0.0, "jitter": 0.0, "zoom": 0.0, "seed": 1}
ROWS = np.arange(40)


@pytest.fixture(scope="module")
def crops():
    """A bright square off the middle, coloured, on a dark ground: every change shows."""
    stack = np.full((40, 32, 32, 3), (30, 40, 50), np.uint8)
    stack[:, 4:14, 6:18] = (200, 120, 60)
    return stack


def change(crops, **keys):
    shown = Changed(2, **(STILL | keys))
    return shown.apply(crops, ROWS, np.ones(40, int)).astype(float)


def test_the_plain_view_and_the_mirror_are_the_crop_itself(crops):
    both = Mirrored(True).apply(crops, ROWS, np.arange(40) % 2)
    assert (both[0] == crops[0]).all()
    assert (both[1] == crops[1][:, ::-1]).all()
    assert (Changed(3, **STILL).apply(crops, ROWS, np.zeros(40, int)) == crops).all()
    assert (change(crops) == crops).all()


def test_each_change_does_what_it_is_called(crops):
    grey = change(crops, grey=1.0)
    assert (grey == grey[..., :1]).all()
    assert (grey[0, 5, 7] == round(0.299 * 200 + 0.587 * 120 + 0.114 * 60)).all()
    mirrored = (change(crops, flip=True) == crops[:, :, ::-1]).all((1, 2, 3))
    assert 8 < mirrored.sum() < 32
    colours = change(crops, jitter=0.4)
    assert len({tuple(c[5, 7]) for c in colours}) > 30
    assert (change(crops, jitter=0.4).std((0, 1, 2)) > 0).all()
    moved = change(crops, zoom=0.3)
    assert ((moved == 0).all(-1).sum((1, 2)) > 0).mean() > 0.5  # a black edge where the crop ends
    wide = np.array([(m[..., 0] > 150).sum() for m in moved])
    assert wide.min() < 120 < wide.max()  # the square has 120 pixels


def test_a_view_is_turned_sheared_and_moved(crops):
    rows, columns = np.mgrid[:32, :32]

    def places(views):
        """Centre, and the angle of the long axis in degrees, of the square's pixels."""
        found = []
        for view in views:
            weight = view[..., 0] > 150
            y, x = rows[weight], columns[weight]
            xx, yy, xy = x.var(), y.var(), ((x - x.mean()) * (y - y.mean())).mean()
            found.append((x.mean(), y.mean(), np.degrees(np.arctan2(2 * xy, xx - yy) / 2)))
        return np.array(found)

    turned = places(change(crops, rotation=20))
    assert 10 < np.abs(turned[:, 2]).max() <= 22 and (turned[:, 2] > 0).any() and (turned[:, 2] < 0).any()
    moved = places(change(crops, shift=0.1))
    apart = moved[:, :2] - places(crops.astype(float))[:, :2]
    assert 2 < np.abs(apart).max() <= 3.3 and (apart > 0).any() and (apart < 0).any()
    sheared = change(crops, shear=30)
    upper, lower = ((sheared[:, row, :, 0] > 150) * np.arange(32) for row in (8, 11))
    assert (upper.max(1) != lower.max(1)).any()


def test_shift_is_half_of_zoom_unless_it_is_given(crops):
    assert (change(crops, zoom=0.2) == change(crops, zoom=0.2, shift=0.1)).all()
    assert (change(crops, zoom=0.2) != change(crops, zoom=0.2, shift=0.0)).any()


def test_a_view_depends_on_seed_image_and_number_alone(crops):
    shown = Changed(3, True, 0.2, 0.2, 0.1, seed=5)
    together = shown.apply(crops, ROWS, np.full(40, 2))
    alone = np.concatenate([shown.apply(crops, ROWS[i : i + 1], np.array([2])) for i in range(40)])
    assert (together == alone).all()
    assert (together != shown.apply(crops, ROWS, np.full(40, 1))).any((1, 2, 3)).all()
    assert (together != Changed(3, True, 0.2, 0.2, 0.1, seed=6).apply(crops, ROWS, np.full(40, 2))).any()


def test_every_changed_view_is_drawn_and_the_plain_one_never(crops):
    drawn = Changed(3, **STILL).choose(generator(0), 300)
    assert np.bincount(drawn).tolist()[0] == 0
    assert (np.bincount(drawn)[1:] > 70).all()
    assert set(Mirrored(True).choose(generator(0), 50)) == {0, 1}
    assert set(Mirrored(False).choose(generator(0), 50)) == {0}


def test_a_recipe_chooses(root, config):
    from gestalt_regions.study.schema import validate

    recipes = validate(config, root / "config/schemas")["recipes"]
    assert views_of_recipe(recipes["quick"], 3) == Mirrored(True)
    assert views_of_recipe(recipes["gestaltmatcher_arc"], 3) == Changed(6, True, 0.2, 0.2, 0.1, 3)
