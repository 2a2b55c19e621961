"""What the network uses: drops by rendering and by fills, and what they say of coefficients that are planted."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.evaluation.groups.regions import measured
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.perturb import drop_tables
from gestalt_regions.evaluation.perturb.drop_tables import (
    Resampled,
    interaction_table,
    interactions,
    manifold_table,
    of_answer,
)
from gestalt_regions.evaluation.perturb.fills import FILLS
from gestalt_regions.evaluation.perturb.region_drops import fallen, without

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
NAMES = ["eyes", "nose", "mouth"]


@pytest.fixture
def photo():
    return np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)


@pytest.fixture
def regions():
    found = np.zeros((32, 32), np.uint8)
    found[4:10], found[12:18, 8:24] = 1, 2  # no mouth
    return found


@pytest.mark.parametrize("name", FILLS)
def test_a_fill_changes_its_region_and_nothing_else(photo, regions, name):
    before, mask = photo.copy(), regions == 2
    filled = FILLS[name](photo, mask)
    assert filled.dtype == np.uint8 and (photo == before).all()
    assert (filled[~mask] == photo[~mask]).all()
    assert (filled[mask] != photo[mask]).mean() > 0.9
    assert filled[mask].std() < photo[mask].std() / 2  # what was there is gone


def test_the_mean_fill_is_the_mean_colour(photo, regions):
    filled = FILLS["mean"](photo, regions == 1)
    assert np.abs(filled[4:10] - photo.reshape(-1, 3).mean(axis=0)).max() <= 0.5


def test_each_region_is_taken_out_in_every_way(photo, regions):
    photos = {"face": photo, "twin": photo + 1, "revert:nose": photo + 2, "revert:ears": photo + 3}
    ways = without(photos, regions, NAMES)
    assert [region for way, region in ways if way == "rendered"] == ["nose", "ears", "all"]
    assert [region for way, region in ways if way == "blur"] == ["eyes", "nose", "all"]  # there is no mouth to blur
    assert (ways["rendered", "all"] == photos["twin"]).all() and (ways["rendered", "ears"] == photo + 3).all()
    changed = (ways["mean", "all"] != photo).any(axis=-1)
    assert not changed[regions == 0].any()


def test_a_drop_is_positive_where_the_answer_falls():
    scores = torch.tensor([[2.0, 0.0, 1.0], [0.0, 0.0, 1.0], [3.0, 0.0, 1.0]])
    logit, probability = fallen(scores, [0, 2])
    assert logit.tolist() == [[2, 0], [-1, 0]]
    soft = scores.double().softmax(1).numpy()
    assert probability == pytest.approx((soft[:1] - soft[1:])[:, [0, 2]])


def drops(rng, faces=40, regions=("eyes", "nose", "mouth", "ears")):
    """Faces whose rendered drops add up but for an interaction of -1; `same` is the rendering itself, `upside` its
    negative. Every second face shows no sign of the nose."""
    rows = []
    for i in range(faces):
        single = dict(zip(regions, rng.uniform(0.5, 5, len(regions)), strict=True))
        if i % 2:
            del single["nose"]
        face = {"sample_id": f"s{i}", "fold": "12"[i % 4 // 2], "set": "folds", "label": "KS", "target": "KS"}
        every = single | {"all": sum(single.values()) - 1}
        for way, sign in (("rendered", 1), ("same", 1), ("upside", -1)):
            shown = every if way == "rendered" else {r: every.get(r, 0) for r in (*NAMES, "all")}
            for region, drop in shown.items():
                own = {**face, "predicted": "KS", "way": way, "region": region}
                rows.append({**own, "logit": sign * drop, "probability": sign * drop / 20})
                rows.append({**own, "target": "NS", "logit": -99, "probability": -99})  # not the answer
    return pd.DataFrame(rows)[drop_tables.DROPS]


@pytest.fixture
def table():
    return drops(np.random.default_rng(3))


@pytest.fixture
def resampled(table):
    samples = pd.DataFrame({"sample_id": table["sample_id"].unique()})
    number = samples["sample_id"].str[1:].astype(int)
    samples = samples.assign(subject_id="p" + (number // 2).astype(str), kin_group="k" + (number // 2).astype(str))
    return Resampled(samples, BOOTSTRAP, 5)


def test_an_interaction_is_what_the_regions_do_not_add_up_to(table, resampled):
    found = interactions(of_answer(table, "rendered", "logit"))
    assert found["interaction"].to_numpy() == pytest.approx(-1)
    rows = interaction_table(table, resampled).set_index(["fold", "quantity", "what"])
    for fold in ("all", "1", "2"):
        line = rows.loc[fold, "logit", "interaction"]
        assert [line["value"], line["low"], line["high"]] == pytest.approx([-1, -1, -1])
    line = rows.loc["all", "logit", "sum"]
    assert line["low"] < line["value"] < line["high"] and (line["images"], line["subjects"]) == (40, 20)


def test_distance_from_rendering_is_none_for_itself_and_twice_the_drop_for_its_negative(table, resampled):
    rows = manifold_table(table, resampled).set_index(["way", "region", "quantity", "fold", "measure"])["value"]
    for region in ("regions", *NAMES, "all"):
        of = rows.xs((region, "logit", "all"), level=("region", "quantity", "fold"))
        assert of["same", "distance"] == 0 and of["same", "spearman"] == pytest.approx(1)
        assert of["upside", "spearman"] == pytest.approx(-1)
        assert of["upside", "distance"] == pytest.approx(2 * of["upside", "drop_rendered"])
    nose = table[(table["region"] == "nose") & (table["way"] == "rendered") & (table["target"] == "KS")]
    assert rows["same", "nose", "logit", "all", "drop_rendered"] == pytest.approx(
        nose["logit"].sum() / 40
    )  # with zeros


def test_planted_coefficients_follow_what_is_used_or_do_not():
    rng, found = np.random.default_rng(6), {}
    for _ in range(300):
        logit = rng.normal(size=3)
        planted = {"perfect": logit, "inverted": -logit, "random": rng.normal(size=3)}
        for kind, coefficients in planted.items():
            for name, value in measured(
                per_image("use"), coefficients[None], {"logit": logit, "probability": logit / 9}, ["signed"]
            ).items():
                found.setdefault((kind, name), []).append(value[0])
    for name in per_image("use"):
        means = {kind: np.mean(found[kind, name]) for kind in ("perfect", "random", "inverted")}
        assert means["perfect"] == pytest.approx(1) and means["inverted"] == pytest.approx(-1)
        assert means["random"] == pytest.approx(0, abs=4 * np.sqrt(0.5 / 300))
    constant = measured(per_image("use"), np.ones((1, 3)), {"logit": np.arange(3.0)}, ["signed"])
    assert np.isnan(constant["logit_spearman"][0]) and "probability_spearman" not in constant


def test_an_absolute_policy_is_compared_with_the_amount_of_the_drop_and_a_positive_one_with_its_positive_part():
    logit, signs = np.array([-3.0, 1.0, 2.0]), ["absolute", "positive", "signed"]
    planted = np.stack([np.abs(logit), np.maximum(logit, 0), logit])
    assert measured(per_image("use"), planted, {"logit": logit}, signs)["logit_spearman"] == pytest.approx(1)
    found = measured(per_image("use"), planted[::-1], {"logit": logit}, signs)["logit_spearman"]
    assert found[0] == pytest.approx(-0.5) and found[2] == pytest.approx(-0.5)  # of the amount and the drop, exchanged
