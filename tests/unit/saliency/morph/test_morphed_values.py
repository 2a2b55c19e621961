"""Values of regions where the truth is known: a network that looks at one place of drawn faces."""

import itertools

import numpy as np
import pytest
from drawn_faces import CLASSES, REGIONS, cohort
from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.morph.face_changes import ChangedFace
from gestalt_regions.saliency.morph.morphed_values import MorphValues, Photograph
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.shapley_values import shapley
from gestalt_regions.saliency.morph.typical_faces import Photographs, TypicalFaces
from gestalt_regions.saliency.morph.value_maps import change_map, value_map
from gestalt_regions.saliency.morph.warps import SIDE

PLACES = {"eyes": (slice(38, 58), slice(24, 88)), "mouth": (slice(76, 88), slice(40, 71))}


def looking_at(region, channel=slice(None)):
    """A linear network: minus the brightness of a region for Affected, plus its red for Other."""
    rows, columns = PLACES[region]

    def logits(photographs):
        k = photographs.shape[1] // SIDE
        part = photographs[:, rows.start * k : rows.stop * k, columns.start * k : columns.stop * k].astype(float)
        return np.stack([-part.mean((1, 2, 3)), 0 * part[:, 0, 0, 0], part[..., 0].mean((1, 2))], 1)

    return logits


@pytest.fixture(scope="module")
def made():
    photographs, maps = cohort()
    return photographs, maps, RegionSigns(TypicalFaces(photographs), maps, REGIONS)


def face(made, row):
    photographs = made[0]
    pose = tuple(photographs.pose[row])
    return Photograph(photographs.crops[row], photographs.landmarks[row], pose, photographs.kin[row])


WAYS = {
    "one at a time": lambda morph, *question: morph.one_at_a_time(*question),
    "Shapley": lambda morph, *question: morph.over_orders(*question),
    "donors": lambda morph, *question: morph.with_donors(*question, donors=8),
    "predicted": lambda morph, *question: morph.predicted(*question),
    "mean": lambda morph, *question: morph.mean(*question, 20),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("region", "target"), [("eyes", 0), ("mouth", 2)])
def test_a_network_that_looks_at_one_region_gives_that_region_its_value(made, way, region, target):
    morph, rows = MorphValues(made[2], looking_at(region)), np.flatnonzero(made[0].labels == target)[:5]
    values = np.mean([WAYS[way](morph, face(made, row), target).values for row in rows], 0)
    one = REGIONS.index(region)
    assert values[one] > 1
    assert np.abs(np.delete(values, one)).max() < 0.15 * values[one]


def test_values_are_the_drop_of_the_pictures_that_are_shown(made):
    logits = looking_at("eyes")
    got = MorphValues(made[2], logits).one_at_a_time(face(made, 0), 0)
    assert got.values == pytest.approx(logits(made[0].crops[:1])[0, 0] - logits(got.pictures)[:, 0])
    assert got.values.shape == got.low.shape == (3,)


def test_a_face_of_the_control_keeps_its_signs(made):
    row = int(np.flatnonzero(made[0].labels == 1)[0])
    got = MorphValues(made[2], looking_at("eyes")).one_at_a_time(face(made, row), 1)
    assert not got.values.any()
    assert np.array_equal(got.pictures[0], made[0].crops[row])


def test_strength_brings_the_whole_face_to_the_level_of_the_control(made):
    morph, reached = MorphValues(made[2], looking_at("eyes")), 0
    for row in np.flatnonzero(made[0].labels == 0):
        strength = morph.one_at_a_time(face(made, row), 0).strength
        changed = ChangedFace(made[2].faces.mean, made[0].crops[row], made[0].landmarks[row])
        whole = changed.without(made[2].faces.whole("Affected") * strength)
        plain, left = (morph.logits(photo[None])[0, 0] for photo in (made[0].crops[row], whole))
        if 0 < strength < 2.5:
            assert abs(left - morph.level(0)) < 0.2 * (plain - morph.level(0)) + 0.2
            reached += 1
        else:
            assert left > morph.level(0) if strength else plain <= morph.level(0)
    assert reached > 3


def test_the_interval_holds_the_value_and_grows_with_the_error(made):
    morph = MorphValues(made[2], looking_at("eyes"))
    narrow, wide = (morph.one_at_a_time(face(made, 1), 0, draws=4, error=error, seed=3) for error in (0.2, 1.5))
    assert (narrow.low <= narrow.values).all() and (narrow.values <= narrow.high).all()
    assert (wide.high - wide.low)[0] > (narrow.high - narrow.low)[0] > 0


@pytest.mark.parametrize("players", [3, 4, 6])
def test_shapley_values_add_up_and_are_exact_for_sums(players):
    rng = np.random.default_rng(0)
    alone, pair = rng.normal(size=players), rng.normal()
    worth = lambda subsets: np.array([np.dot(s, alone) + pair * (s[0] and s[1]) for s in subsets])  # noqa: E731
    values = shapley(worth, players, 6, 1)
    assert values.sum() == pytest.approx(alone.sum() + pair)
    assert values[2:] == pytest.approx(alone[2:])
    if players <= 4:
        assert values[:2] == pytest.approx(alone[:2] + pair / 2)
    assert np.array_equal(values, shapley(worth, players, 6, 1))


def test_shapley_of_all_subsets_is_the_mean_over_all_orders():
    table = {s: v for s, v in zip(itertools.product((False, True), repeat=3), [0, 5, 1, 2, 7, 3, 4, 9], strict=True)}
    means = np.zeros(3)
    for order in itertools.permutations(range(3)):
        inside = [False] * 3
        for player in order:
            before = table[tuple(inside)]
            inside[player] = True
            means[player] += (table[tuple(inside)] - before) / 6
    assert shapley(lambda subsets: np.array([table[s] for s in subsets]), 3, 0, 0) == pytest.approx(means)


def test_the_map_has_the_values_as_its_means():
    rng = np.random.default_rng(0)
    regions, changes = rng.integers(0, 4, (30, 30), dtype=np.uint8), rng.uniform(0, 5, (3, 30, 30))
    changes[1] = 0
    values = np.array([2.0, -1.5, 0.25])
    shown = value_map(values, changes, regions)
    assert [shown[regions == r].mean() for r in (1, 2, 3)] == pytest.approx(values, abs=1e-6)
    assert not shown[regions == 0].any()
    assert np.ptp(shown[regions == 2]) == 0


def test_a_mirrored_face_gives_the_mirrored_picture(made):
    photographs, _, signs = made
    mean, sign = signs.faces.mean, signs.signs("Affected")[0] * 1.0
    plain = ChangedFace(mean, photographs.crops[2], photographs.landmarks[2]).without(sign)
    mirrored = ChangedFace(mean, photographs.crops[2][:, ::-1], mean.mirrored(photographs.landmarks[2])).without(sign)
    apart = change_map(plain, mirrored[:, ::-1])
    assert change_map(plain, photographs.crops[2]).max() > 30
    assert apart.mean() < 0.1


def test_a_turned_face_is_moved_less_on_its_far_side(made):
    mean, sign = made[2].faces.mean, made[2].signs("Affected")[0]
    from drawn_faces import points_of

    moved = np.abs(ChangedFace(mean, made[0].crops[0], points_of(0.4, 0, 0)).shift(sign)[:, 0])
    ahead = np.abs(ChangedFace(mean, made[0].crops[0], points_of(0.0, 0, 0)).shift(sign)[:, 0])
    assert moved[8:16].max() < 0.8 * ahead[8:16].max()
    assert moved[:8].max() == pytest.approx(ahead[:8].max(), rel=0.25)


def test_a_crop_of_twice_the_size_gives_the_same_values(made):
    plain, maps = made[0], made[1].repeat(2, 1).repeat(2, 2)
    photographs = Photographs(**{**vars(plain), "crops": plain.crops.repeat(2, 1).repeat(2, 2)})
    large = MorphValues(RegionSigns(TypicalFaces(photographs), maps, REGIONS), looking_at("eyes"))
    face_of = Photograph(photographs.crops[0], photographs.landmarks[0])
    small = MorphValues(made[2], looking_at("eyes")).one_at_a_time(face(made, 0), 0)
    got = large.one_at_a_time(face_of, 0)
    assert got.pictures.shape == (3, 2 * SIDE, 2 * SIDE, 3)
    assert got.values == pytest.approx(small.values, abs=0.25 * small.values[0])


def test_the_remainder_sees_a_network_that_looks_beside_the_face(made):
    corner = lambda photographs: np.repeat(photographs[:, :8, :8].mean((1, 2, 3))[:, None], 3, 1)  # noqa: E731
    photographs = made[0]
    bright = photographs.crops[0].copy()
    bright[:10, :10] = 255
    beside, left = MorphValues(made[2], corner).remainder(Photograph(bright, photographs.landmarks[0]), 0)[0]
    assert beside > 100
    assert left > 100
    inside, _ = MorphValues(made[2], looking_at("eyes")).remainder(face(made, 0), 0)[0]
    assert abs(inside) < 0.5


def test_donors_are_of_another_family(made):
    photographs, maps, _ = made
    together = Photographs(**{**vars(photographs), "kin": np.full(len(photographs.labels), "one")})
    morph = MorphValues(RegionSigns(TypicalFaces(together), maps, REGIONS), looking_at("eyes"))
    with pytest.raises(InputError, match="no donor is left"):
        morph.with_donors(Photograph(photographs.crops[0], photographs.landmarks[0], kin="one"), 0)


def test_few_subjects_of_the_target_are_refused(made):
    photographs, maps, _ = made
    few = np.r_[np.flatnonzero(photographs.labels == 0)[:3], np.flatnonzero(photographs.labels > 0)]
    arrays = {key: value[few] for key, value in vars(photographs).items() if isinstance(value, np.ndarray)}
    typical = TypicalFaces(Photographs(**{**vars(photographs), **arrays}))
    morph = MorphValues(RegionSigns(typical, maps[few], REGIONS), looking_at("eyes"))
    with pytest.raises(InputError, match="needs 5 subjects of class 'Affected'"):
        morph.one_at_a_time(face(made, 0), CLASSES.index("Affected"))


def test_a_landmark_beside_one_that_stays_does_not_cross_it(made):
    mean, crop, points = made[2].faces.mean, made[0].crops[0], made[0].landmarks[0].copy()
    points[0] = points[24] - [4, 0]  # an outline's point four pixels away
    shift = np.zeros_like(points)
    shift[0] = [9, 0]
    far = np.linalg.norm(points[1:] - points[0], axis=1).min()
    assert np.linalg.norm(ChangedFace(mean, crop, points)._beside_others(shift)[0]) < far / 2
    shift[:] = [9, 0]
    assert np.array_equal(ChangedFace(mean, crop, points)._beside_others(shift), shift)
