"""Measures of maps of one training set: planted maps and truths have the values that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.groups.regions import RegionTruths
from gestalt_regions.evaluation.imbalance.set_values import (
    RECOVERED,
    SetMaps,
    against_truth,
    long_values,
    of_other_faces,
    similarities,
    use_of_faces,
    use_similarity,
)
from gestalt_regions.evaluation.scored_maps import TRAINED

SIDE = 32
POLICY = {"absolute_sum": {"sign": "absolute", "scale": "sum"}}


class Quadrants:
    """A region set: the four quarters of every face."""

    names = ("a", "b", "c", "d")

    def __getitem__(self, sample: str) -> np.ndarray:
        rows, columns = np.indices((SIDE, SIDE)) >= SIDE // 2
        return 1 + rows * 2 + columns


@pytest.fixture
def faces() -> pd.DataFrame:
    names = [f"{label}-{k}" for label in ("KS", "NS") for k in range(3)]
    table = pd.DataFrame({"fold": "1", "sample_id": names, "label": [name[:2] for name in names]})
    return table.assign(subject_id=names, kin_group=[f"F-{name}" for name in names])


def lit(faces: pd.DataFrame, quadrants: list[int], noise: float = 0.0) -> np.ndarray:
    """Maps that are bright in one quarter each."""
    rng = np.random.default_rng(1)
    maps = np.stack([(Quadrants()[""] == q + 1) * 1.0 + 0.1 for q in quadrants])
    maps = maps + noise * rng.random(maps.shape)
    return np.stack([maps, maps], 1).astype(np.float32)


def test_the_same_maps_are_alike_and_others_less(faces):
    one = SetMaps(faces, {"m": lit(faces, [0, 1, 2, 3, 0, 1], 0.2)})
    turned = faces.iloc[::-1].reset_index(drop=True)  # another order of the same faces
    same = SetMaps(turned, {"m": one.maps["m"][::-1]})
    other = SetMaps(faces, {"m": lit(faces, [3, 2, 1, 0, 3, 2], 0.2)})
    for measure, value in similarities(one, [same], ["m"], Quadrants(), POLICY).items():
        assert value == pytest.approx(1), measure
    for (_, measure), value in similarities(one, [other], ["m"], Quadrants(), POLICY).items():
        assert value.max() < 0.5, measure
    mean = similarities(one, [same, other], ["m"], Quadrants(), POLICY)["m", "regions"]
    apart = similarities(one, [other], ["m"], Quadrants(), POLICY)["m", "regions"]
    assert mean == pytest.approx((1 + apart) / 2)


def test_the_floor_is_of_another_family(faces):
    maps = lit(faces, [0, 0, 1, 1, 2, 3])
    alone = of_other_faces(SetMaps(faces.assign(kin_group="F"), {"m": maps}), ["m"])
    assert np.isnan(alone["m", "ssim"]).all()
    each = of_other_faces(SetMaps(faces, {"m": maps}), ["m"])["m", "spearman"]
    assert each[[0, 2]] == pytest.approx(1)  # the next face has the same quarter lit
    assert each[[1, 3, 4]].max() < 0.5


def test_maps_that_show_the_truth_recover_it(faces):
    """The signs of a class are in one quarter: right, wrong and flat maps; a prior knows them of other families."""
    where = [0, 0, 0, 1, 1, 1]

    def of(line, regions):
        amount = np.eye(4)[where[line.at]] * 10
        return {"amount": amount, "changed": (amount > 1).astype(float)}

    rows = faces.reset_index(names="at").assign(recognised=1, network=TRAINED, target=faces["label"])
    truths = RegionTruths("recovery", rows, {"quarters": Quadrants()}, of)
    maps = {"right": lit(faces, where), "wrong": lit(faces, [3] * 6), "flat": np.ones((6, 2, SIDE, SIDE), np.float32)}
    values = against_truth(truths, RECOVERED, maps, POLICY, 6)
    assert values["right", "auc"] == pytest.approx(1)
    assert values["wrong", "auc"] == pytest.approx(1 / 3)
    assert values["flat", "auc"] == pytest.approx(0.5)
    assert values["ClassPrior", "auc"] == pytest.approx(1)
    assert values["RegionPrior", "auc"].max() < 1  # knows no class: half of the other families have another quarter
    short = RegionTruths("recovery", rows.iloc[1:], {"quarters": Quadrants()}, of)
    assert np.isnan(against_truth(short, RECOVERED, maps, POLICY, 6)["right", "auc"][0])


def test_use_is_of_the_published_regions_and_zero_without_signs(faces):
    use = pd.DataFrame(
        {"fold": "1", "sample_id": ["KS-0", "KS-0", "NS-1"], "region": ["a", "overall", "b"], "logit": [2.0, 9.0, 1.0]}
    )
    truths = use_of_faces(faces, use, Quadrants())
    assert truths.rows["sample_id"].tolist() == ["KS-0", "NS-1"]
    lines = list(truths.rows.itertuples())
    assert truths.of(lines[0], Quadrants())["logit"].tolist() == [2, 0, 0, 0]
    assert truths.of(lines[1], Quadrants())["logit"].tolist() == [0, 1, 0, 0]


def test_networks_that_use_the_same_regions_are_alike(faces):
    def use(falls: list[float]) -> pd.DataFrame:
        table = faces.loc[faces.index.repeat(3), ["fold", "sample_id", "label"]]
        return table.assign(region=["a", "b", "c"] * len(faces), logit=falls * len(faces))

    assert use_similarity(faces, use([1, 2, 3]), [use([2, 4, 6])]) == pytest.approx(1)
    assert use_similarity(faces, use([1, 2, 3]), [use([2, 4, 6]), use([3, 2, 1])]) == pytest.approx(0)
    two = use([1, 2, 3])
    assert np.isnan(use_similarity(faces, two[two["region"] != "c"], [two])).all()


def test_what_is_not_known_has_no_line(faces):
    values = {"recovery": {("m", "auc"): np.array([0.5, np.nan, 1, 1, 1, 1])}}
    table = long_values(faces, np.array([1, 1, 0, 0, 0, 0]), values)
    assert len(table) == 5 and "KS-1" not in set(table["sample_id"])
    assert table["recognised"].tolist() == [1, 0, 0, 0, 0]
