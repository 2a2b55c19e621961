"""Readers who look at planted signs, and others: scores, floor and ceiling tell them apart."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.clinicians.eye_tracking import gaze_baselines as base
from gestalt_regions.clinicians.eye_tracking.clean_fixations import CLEAN
from gestalt_regions.clinicians.eye_tracking.gaze_scores import EACH, TOGETHER, GazeStudy, gaze_values
from gestalt_regions.clinicians.eye_tracking.gaze_tables import bounds_table, score_table
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown
from gestalt_regions.clinicians.eye_tracking.simulated_gaze import simulated_fixations
from gestalt_regions.core.errors import InputError

SIZE, FACES = 28, [f"F{k:02d}" for k in range(12)]
KIN = {face: f"K{k:02d}" for k, face in enumerate(FACES)}
SCREEN = {"width_px": 1000, "height_px": 800, "width_mm": 400, "distance_mm": 600}
SHOWN = dict.fromkeys(FACES, Shown((200.0, 100.0, 560.0, 560.0), SIZE, SIZE, np.eye(3), 1.5))


def signs(face):
    """A blob whose place differs from face to face, on a circle about the middle."""
    angle = 2 * np.pi * FACES.index(face) / len(FACES)
    y, x = np.mgrid[:SIZE, :SIZE]
    away = (x - 13.5 - 8 * np.cos(angle)) ** 2 + (y - 13.5 - 8 * np.sin(angle)) ** 2
    return 50 * np.exp(-away / 8)


CHANGES = base.Changes(SimpleNamespace(change=signs), tuple(FACES), KIN, 4.0)


class Parts:
    """The middle of the face is a part."""

    def __getitem__(self, face):
        ids = np.zeros((SIZE, SIZE), np.uint8)
        ids[8:20, 8:20] = 1
        return ids


@pytest.fixture(scope="module")
def simulated():
    counts = {"signs": 10, "features": 0, "centre": 10, "random": 10}
    return simulated_fixations(counts, FACES, SHOWN, CHANGES, screen=SCREEN, error_degrees=0.2, seed=3)


@pytest.fixture(scope="module")
def fixations(simulated):
    places = SHOWN["F00"].to_photo(simulated["x"].to_numpy(), simulated["y"].to_numpy(), "screen")
    table = simulated.assign(file="f", on_crop=True)
    for column, values in zip(("x", "y", "crop_x", "crop_y"), [*places.T, *places.T], strict=True):
        table[column] = values
    return table.loc[SHOWN["F00"].inside(places), CLEAN].reset_index(drop=True)


@pytest.fixture(scope="module")
def values(fixations):
    study = GazeStudy(
        shown=SHOWN,
        size=SIZE,
        weight="duration",
        kin=KIN,
        parts=Parts(),
        changes=CHANGES,
        maps_of=lambda face: {"Right": [CHANGES.truth(face)] * 2, "Wrong": [50 - signs(face)]},
        smooth_maps=True,
        seed=3,
    )
    return pd.concat(gaze_values(fixations, study), ignore_index=True)


@pytest.fixture(scope="module")
def scores(values):
    return score_table(values, KIN, ["Wrong"], n_resamples=200, level=0.95, seed=3)


def cell(scores, group, measure, method, gaze=EACH):
    at = scores[["group", "gaze", "measure", "method"]] == [group, gaze, measure, method]
    return scores[at.all(axis=1)].iloc[0]


def test_simulated_readers_are_the_same_in_any_order(simulated):
    one = simulated_fixations({"centre": 1}, FACES[3:4], SHOWN, CHANGES, screen=SCREEN, error_degrees=0.2, seed=3)
    same = simulated[(simulated["reader"] == one["reader"][0]) & (simulated["face"] == FACES[3])]
    assert same.reset_index(drop=True).equals(one)
    first = simulated.groupby(["reader", "face"]).head(1)
    assert np.hypot(first["x"] - 480, first["y"] - 380).max() < 40  # the middle of the picture, where the cross was


def test_without_signs_nobody_can_look_at_them():
    flat = base.Changes(SimpleNamespace(change=np.zeros_like), (), KIN, 4.0)
    with pytest.raises(InputError, match="no explained face has an unaffected twin"):
        simulated_fixations({"signs": 1}, FACES, SHOWN, flat, screen=SCREEN, error_degrees=0, seed=3)


@pytest.mark.parametrize("measure", ["nss", "auc_judd", "auc_shuffled", "information_gain", "cc", "sim", "kl"])
def test_the_truth_beats_centre_bias_for_readers_of_signs_alone(scores, measure):
    for group, wins in (("signs", True), ("centre", False)):
        truth = cell(scores, group, measure, base.TRUTH)
        better = truth["direction"] * truth["difference"]
        assert (better > 0) == (wins or (measure == "auc_shuffled" and better > 0)), group
        assert truth["difference_low"] <= truth["difference"] <= truth["difference_high"]
    assert cell(scores, "signs", measure, base.OTHER_READERS)["difference"] * truth["direction"] > 0


def test_shuffled_auc_gives_centre_bias_no_credit(scores):
    bounds = bounds_table(scores).set_index(["group", "gaze", "measure"])
    assert bounds.loc[("centre", EACH, "auc_shuffled"), "centre_bias"] == pytest.approx(0.5, abs=0.03)
    assert bounds.loc[("centre", EACH, "auc_judd"), "centre_bias"] > 0.8
    shares = bounds.xs("centre").xs(EACH)["centre_share"]
    assert shares["nss"] > 0.5  # the rest is how narrow the centre is
    assert np.isnan(shares["auc_shuffled"])  # these readers agree on no face more than on any other
    assert bounds.loc[("random", EACH, "auc_judd"), "other_readers"] == pytest.approx(0.5, abs=0.1)


def test_a_map_equal_to_the_truth_scores_as_the_truth(scores):
    for gaze, measure in ((EACH, "nss"), (TOGETHER, "cc"), (TOGETHER, "iou_duong_low")):
        right, truth = (cell(scores, "signs", measure, name, gaze) for name in ("Right", base.TRUTH))
        assert right["value"] == pytest.approx(truth["value"])
    assert cell(scores, "signs", "nss", "Wrong")["value"] < 0


def test_kinds_and_counts(scores):
    kinds = scores.drop_duplicates("method").set_index("method")["kind"]
    assert kinds[[base.CENTRE_BIAS, base.OTHER_READERS, "readers: signs", "Right", "Wrong", base.TRUTH]].tolist() == [
        "floor",
        "ceiling",
        "ceiling",
        "method",
        "control",
        "truth",
    ]
    one = cell(scores, "signs", "nss", "Right")
    assert (one["faces"], one["kin_groups"], one["readers"]) == (12, 12, 10)
    assert cell(scores, "signs", "kl_duong_low", "readers: centre", TOGETHER)["value"] > 0
    assert (scores.loc[scores["method"] == base.CENTRE_BIAS, "difference"].abs() < 1e-12).all()


def test_few_readers_have_no_interval(values):
    few = values[values["reader"].isin(["", *sorted(set(values["reader"]))[:6]])]
    scored = score_table(few[few["group"] == "all"], KIN, [], n_resamples=100, level=0.95, seed=3)
    each = cell(scored, "all", "nss", "Right")
    assert np.isnan(each["low"]) and "fewer than 10" in each["note"]
    assert np.isfinite(cell(scored, "all", "cc", "Right", TOGETHER)["low"])  # readers are not drawn there


def test_mean_gaze_knows_other_families_alone(fixations):
    some = fixations[fixations["face"].isin(FACES[:2])]
    densities = base.by_face(some, SHOWN, SIZE, "count")
    gaze = base.mean_gaze(densities, KIN | {"F01": "K00"})
    assert (gaze["F00"] == 1).all()  # its only other face is of the same family
    gaze = base.mean_gaze(densities, KIN)
    assert gaze["F00"] == pytest.approx(np.mean(list(densities["F01"].values()), axis=0))


def test_the_prior_of_regions_knows_other_families_alone():
    assert CHANGES.prior("F00").max() <= 1
    alone = base.Changes(SimpleNamespace(change=signs), ("F00", "F06"), KIN, 4.0)
    assert (alone.prior("F00") == (signs("F06") > 4)).all()
