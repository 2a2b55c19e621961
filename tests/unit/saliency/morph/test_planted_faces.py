"""Signs planted on unaffected faces: their truth is known, and how far values are off is an interval."""

import numpy as np
import pytest
from drawn_faces import CLASSES, REGIONS, cohort
from gestalt_regions.saliency.morph.morphed_values import MorphValues, Photograph
from gestalt_regions.saliency.morph.planted_faces import half_widths, planted, planted_errors
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.typical_faces import TypicalFaces


def eyes(photographs):
    """Minus the brightness of the eyes for Affected, 0 for Control, the red of the eyes for Other."""
    part = photographs[:, 38:58, 24:88].astype(float)
    return np.stack([-part.mean((1, 2, 3)), 0 * part[:, 0, 0, 0], part[..., 0].mean((1, 2))], 1)


@pytest.fixture(scope="module")
def signs():
    photographs, maps = cohort()
    return RegionSigns(TypicalFaces(photographs), maps, REGIONS)


def labelled(signs):
    p = signs.faces.photographs
    photos = zip(p.crops, p.landmarks, p.pose, strict=True)
    return [(int(label), Photograph(*photo)) for label, photo in zip(p.labels, photos, strict=True)]


def test_a_planted_sign_is_in_the_picture_and_off_again_in_one(signs):
    control = next(photo for label, photo in labelled(signs) if CLASSES[label] == "Control")
    donor = int(np.flatnonzero(signs.faces.photographs.labels == CLASSES.index("Affected"))[0])
    face, without = planted(signs, control, "Affected", "", donor)
    answers = eyes(np.concatenate([control.crop[None], face.crop[None], without]))[:, 0]
    assert answers[1] > answers[0] + 1  # the network takes it for more affected
    drops = answers[1] - answers[2:]
    assert drops[0] > 0.5 * (answers[1] - answers[0])  # most of it; the skin beside the eyes has some
    assert np.abs(drops[1:]).max() < 0.25 * drops[0]
    assert face.landmarks.shape == control.landmarks.shape
    assert not np.array_equal(face.landmarks, control.landmarks)


def test_errors_are_those_of_the_values_and_their_sum(signs):
    morph, asked = MorphValues(signs, eyes), []

    def nothing(photo, target):
        asked.append(CLASSES[target])
        return np.zeros(len(REGIONS))

    errors = planted_errors(morph, labelled(signs), 6, nothing)
    assert errors.shape == (6, len(REGIONS) + 1)
    assert asked == ["Affected", "Other"] * 3  # the control has no signs
    assert errors[:, -1] == pytest.approx(errors[:, :-1].sum(1))
    affected = errors[::2]
    assert affected[:, 0].max() < -1  # saying nothing is wrong, and in the eyes most of all
    assert (np.abs(affected[:, 1]) < np.abs(affected[:, 0])).all()
    assert np.abs(affected[:, 2]).max() < 0.1
    better = planted_errors(morph, labelled(signs), 6, lambda photo, target: morph.mean(photo, target, 0).values)
    assert np.abs(better[::2, 0]).mean() < 0.5 * np.abs(affected[:, 0]).mean()


def test_a_half_width_holds_so_many_errors():
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(4000, 2)) * [1, 5]
    first, second = half_widths(errors)
    assert first == pytest.approx(1.96, rel=0.06)
    assert second == pytest.approx(5 * 1.96, rel=0.06)
    few = half_widths(errors[:3])
    assert (few == np.abs(errors[:3]).mean(0) * (np.abs(errors[:3]) / np.abs(errors[:3]).mean(0)).max()).all()


def test_no_error_is_no_width_and_no_face_is_none():
    assert not half_widths(np.zeros((5, 3))).any()
    assert np.isnan(half_widths(np.empty((0, 3)))).all()
