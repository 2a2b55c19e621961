"""Changes of loose parts move what they are meant to move, by how much they are asked, and nothing at 0."""

from types import SimpleNamespace

import numpy as np
import pytest
from gestalt_regions.cohort.simulated.head.loose_parts import FORMS, OPEN, formed
from gestalt_regions.cohort.simulated.people.recipes import APPEARANCE

ACROSS = np.array([-0.20, -0.10, -0.03, 0.03, 0.10, 0.20])  # centres of six upper and six lower teeth
CORNERS = np.array([[x, y, z] for x in (-0.02, 0.02) for y in (-0.05, 0.05) for z in (-0.03, 0.03)])


class Teeth:
    """Twelve boxes and the gums, as shading.Piece shows them."""

    kind = "teeth"

    def __init__(self) -> None:
        centres = [[x, y - 0.26 * -abs(x), 1.4 - abs(x)] for y in (6.6, 6.7) for x in ACROSS]
        gums = np.random.default_rng(0).normal([0, 6.65, 1.2], 0.2, (40, 3))
        self.rest = self.points = np.concatenate([gums, *(CORNERS + c for c in centres)])
        self.island = np.repeat(np.arange(13), [40] + [8] * 12)

    def islands(self, points: np.ndarray) -> np.ndarray:
        means = np.stack([points[self.island == i].mean(0) for i in range(13)])
        return np.where((self.island == 0)[:, None], points, means[self.island])

    def tooth(self, points: np.ndarray, row: int, column: int) -> np.ndarray:
        return points[self.island == 1 + 6 * row + column]


@pytest.fixture
def teeth() -> Teeth:
    return Teeth()


def brow() -> SimpleNamespace:
    along = np.repeat(np.linspace(0, 1, 9), 2)  # 0 at the temple
    points = np.stack([0.6 - 0.5 * along, 7.4 + 0.05 * along * (1 - along), 1.4 + 0 * along], 1)
    points[1::2, 1] += 0.04
    return SimpleNamespace(kind="eyebrows", part=SimpleNamespace(fields=np.stack([along] * 3, 1)), points=points)


def test_every_form_is_an_appearance_change_that_recipes_may_name():
    assert set(FORMS) <= set(APPEARANCE)


def test_nothing_changes_at_zero_or_for_another_kind_of_piece(teeth):
    assert formed(teeth, teeth.points, dict.fromkeys(FORMS, 0.0)) is teeth.points
    assert formed(teeth, teeth.points, {"synophrys": 1.0, "tongue_size": 1.0}) is teeth.points


def test_gaps_narrow_the_teeth_and_leave_their_height(teeth):
    gapped, small = (formed(teeth, teeth.points, {name: 0.5}) for name in ("tooth_gap", "tooth_shrink"))
    assert np.ptp(teeth.tooth(gapped, 0, 2), 0) == pytest.approx([0.02, 0.1, 0.03])
    assert np.ptp(teeth.tooth(small, 0, 2), 0) == pytest.approx([0.02, 0.05, 0.03])
    assert np.array_equal(gapped[teeth.island == 0], teeth.points[teeth.island == 0])  # the gums


def test_only_the_upper_second_incisors_go(teeth):
    left = formed(teeth, teeth.points, {"lateral_incisor_loss": 1.0})
    sizes = [[np.ptp(teeth.tooth(left, row, i), 0).max() for i in range(6)] for row in (0, 1)]
    assert np.array_equal(np.array(sizes) > 1e-9, [[1] * 6, [1, 0, 1, 1, 0, 1]])


def test_an_open_bite_parts_the_front_teeth_alone(teeth):
    bite = formed(teeth, teeth.points, {"open_bite": 1.0})
    moved = [[teeth.tooth(bite - teeth.points, row, i)[0, 1] for i in (0, 2, 3, 5)] for row in (0, 1)]
    assert moved[1] == pytest.approx([0, OPEN, OPEN, 0]) and moved[0] == pytest.approx([0, -OPEN, -OPEN, 0])


def test_brows_meet_and_widen():
    piece = brow()
    met = formed(piece, piece.points, {"synophrys": 1.0})
    assert np.abs(met[-2:, 0]).max() < 1e-9  # the inner end is at the middle of the face
    assert np.array_equal(met[:8], piece.points[:8])  # the outer half stays
    wide = formed(piece, piece.points, {"brow_width": 0.5})
    assert wide[1, 1] - wide[0, 1] == pytest.approx(1.5 * 0.04)


def test_lashes_and_tongue_grow():
    lashes = SimpleNamespace(kind="eyelashes", points=np.array([[0, 0.0, 0], [0, 0.1, 0.1], [0, -0.1, 0.1]]))
    longer = formed(lashes, lashes.points, {"lash_length": 0.5})
    assert np.array_equal(longer[0], lashes.points[0]) and longer[1] == pytest.approx([0, 0.125, 0.15])
    tongue = SimpleNamespace(kind="tongue", points=np.array([[-1.0, 0, 0], [1, 0, 1]]))
    assert formed(tongue, tongue.points, {"tongue_size": 0.2}) == pytest.approx(np.array([[-1.2, 0, 0], [1.2, 0, 1]]))
