"""Views: every number stays in its range, and has a seed of its own."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import yaml
from gestalt_regions.cohort.simulated.photo import develop
from gestalt_regions.cohort.simulated.photo.develop import degrade
from gestalt_regions.cohort.simulated.photo.scene import View
from gestalt_regions.cohort.simulated.photo.views import RANGES, check_ranges, view
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.schema import validate


@pytest.fixture(scope="module")
def photos(root) -> dict:
    default = yaml.safe_load((root / "config/config.yaml").read_text())
    return validate(default, root / "config/schemas")["cohort"]["photos"]


def test_the_config_has_exactly_the_ranges_that_are_drawn(photos):
    assert set(photos) == set(RANGES) | {"backdrops"}
    check_ranges(photos)
    with pytest.raises(InputError, match=r"cohort\.photos\.yaw: \[5, -5\] runs backwards"):
        check_ranges(photos | {"yaw": [5, -5]})


def test_numbers_stay_in_their_range_and_use_it(photos):
    views = [view(1, f"s{i}", photos) for i in range(300)]
    for name in ("yaw", "focal", "smile", "blur", "jpeg", "resolution", "exposure"):
        low, high = photos[name]
        drawn = np.array([getattr(v, name) for v in views])
        assert low <= drawn.min() < low + 0.2 * (high - low) and high >= drawn.max() > high - 0.2 * (high - low)
    assert {v.backdrop_kind for v in views} == set(photos["backdrops"])
    assert all(0 < c < 1 for v in views for colour in v.backdrop for c in colour)


def test_changing_one_range_changes_nothing_else(photos):
    before = asdict(view(1, "s", photos))
    for name, field in (("smile", "smile"), ("jpeg", "jpeg"), ("yaw", "yaw"), ("noise", "noise")):
        low, high = photos[name]
        after = asdict(view(1, "s", photos | {name: [low, high + 1]}))
        assert {k for k in before if before[k] != after[k]} == {field}
    assert asdict(view(1, "other", photos)) != before


def test_a_longer_lens_stands_farther_away():
    assert View(focal=200).distance == pytest.approx(2 * View(focal=100).distance)


def picture(size: int = 64) -> np.ndarray:
    return np.random.default_rng(0).random((size, size, 3)).astype(np.float32)


CLEAN = View(noise=0.0)


def test_the_default_loses_nothing_but_noise():
    image = picture()
    assert np.array_equal(degrade(image, CLEAN), np.round(image * 255).astype(np.uint8))


@pytest.mark.parametrize("loss", [{"blur": 4.0}, {"motion": 12.0}, {"resolution": 0.3}, {"jpeg": 5.0}])
def test_each_loss_takes_detail_and_keeps_the_mean(loss):
    image = picture()
    photo = degrade(image, replace(CLEAN, **loss)) / 255
    assert photo.shape == image.shape
    assert photo.std() < 0.95 * image.std()
    assert photo.mean() == pytest.approx(image.mean(), abs=0.01)


def test_blur_is_the_gaussian_of_scipy():
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(picture(), (3, 3, 0), mode="mirror")
    ours = develop._blurred(smooth, 2.0, 0.0, 0.0)
    assert np.abs(ours - gaussian_filter(smooth, (2, 2, 0), mode="mirror")).max() < 0.002


def test_motion_runs_along_its_angle():
    dot = np.zeros((65, 65, 3))
    dot[32, 32] = 1
    for angle, axis in ((0.0, 0), (90.0, 1)):
        spread = develop._blurred(dot, 0.5, 12.0, angle)[..., 0].sum(axis)  # onto the line
        across = develop._blurred(dot, 0.5, 12.0, angle)[..., 0].sum(1 - axis)
        assert (np.abs(spread) > 0.02).sum() >= 11 and (np.abs(across) > 0.02).sum() <= 5


def test_exposure_is_in_stops_and_white_balance_shifts_red_and_blue():
    grey = np.full((16, 16, 3), 0.4, np.float32)
    brighter = degrade(grey, replace(CLEAN, exposure=1.0)) / 255
    assert (brighter**2.2).mean() == pytest.approx(2 * 0.4**2.2, rel=0.02)
    red, green, blue = degrade(grey, replace(CLEAN, white_balance=0.2)).mean((0, 1))
    assert red > green > blue


def test_the_same_seed_gives_twins_the_same_noise_and_backdrop():
    affected, twin = picture(), picture()
    twin[20:30, 20:30] = 0.5
    seen = View(noise=0.05, seed=7)
    a, b = degrade(affected, seen), degrade(twin, seen)
    same = np.ones((64, 64), bool)
    same[20:30, 20:30] = False
    assert np.array_equal(a[same], b[same])
    assert not np.array_equal(degrade(affected, replace(seen, seed=8)), a)
    for kind in develop.BACKDROPS:
        walls = [develop.backdrop(32, replace(seen, backdrop_kind=kind, noise=n)) for n in (0.0, 0.3)]
        assert walls[0].shape == (32, 32, 3) and np.array_equal(*walls)
