"""ROAR on planted pictures: the class is in one patch; a method knows it, knows nothing, or tells it by its mask."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.roar import roar_settings as settings_module
from gestalt_regions.evaluation.roar.removal_levels import levels_of, write_prior_levels, write_roar_faces
from gestalt_regions.evaluation.roar.retraining import (
    IMPUTED,
    KEPT,
    MASK,
    MEAN,
    REMOVED,
    WHOLE,
    Retraining,
    Version,
    changed_photographs,
    versions,
)
from gestalt_regions.evaluation.roar.roar_curves import ALL, roar_table
from gestalt_regions.evaluation.roar.roar_settings import LEFT_OUT, roar_settings
from gestalt_regions.figures.roar_figure import draw_roar
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import Split
from gestalt_regions.study.schema import load_schema, validate
from gestalt_regions.study.study import load_study
from torch import nn

SIDE, CLASSES, COUNT = 12, 3, 180
FRACTIONS = [0.12, 0.4]
LABELS = np.arange(COUNT) % CLASSES
PLACES = [(0, 0), (0, 8), (8, 4)]  # a corner of the picture for each class


def build(crops, fit):
    """A small network, which learns where there is light, and of which colour."""
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU(), nn.AvgPool2d(2)),
        "body": nn.Sequential(nn.Flatten(), nn.Linear(12 * 25, 24), nn.ReLU()),
    }
    return StagedNetwork(stages, ["stem"], 24, CLASSES), Preprocess(SIDE, "rgb", (127.5,) * 3, (60.0,) * 3)


@cache
def pictures():
    """Noise, and a patch of 4 x 4 pixels whose colour is the class."""
    crops = np.random.default_rng(0).integers(60, 180, (COUNT, SIDE, SIDE, 3)).astype(np.uint8)
    for row, label in enumerate(LABELS):
        crops[row, 4:8, 4:8, label] = 255
    return crops


def maps(kind):
    random = np.random.default_rng(1).random((COUNT, SIDE, SIDE)).astype(np.float32)
    if kind == "truth":
        random[:, 4:8, 4:8] += 1
    if kind == "tells":  # the patch, too, but first a corner that stands for the class
        random[:, 4:8, 4:8] += 1
        for row, label in enumerate(LABELS):
            top, left = PLACES[label]
            random[row, top : top + 4, left : left + 4] += 2
    return random


@cache
def accuracy(kind, arm, place, direction=REMOVED):
    recipe = {
        **{"epochs": 12, "optimiser": "adam", "learning_rate": 0.003, "head_factor": 1, "weight_decay": 0},
        **{"head_weight_decay": None, "batch_size": 16, "restart_epochs": 12, "schedule": "constant", "flip": False},
        **{"dropout": 0, "frozen_stages": 0, "train_batchnorm": False, "epoch_selection": "last"},
        **{"class_weights": "equal", "feature_layer": False, "epoch_measure": "accuracy", "precision": "float32"},
        "augment": {"views": 0, "grey": 0, "jitter": 0, "zoom": 0},
    }
    rows, none = np.arange(COUNT), np.array([], int)
    split = Split(fit=rows[: COUNT // 2], choose=none, judged=rows[COUNT // 2 :], heldout=none)
    levels = levels_of(maps(kind), FRACTIONS, range(COUNT)) if kind else None
    work = Retraining(pictures(), rows, levels, LABELS, split, build, recipe, [3], torch.device("cpu"))
    version = Version(arm, direction, place, FRACTIONS[place]) if kind else WHOLE
    return float((work.answers(work.pictures(version), 0) == LABELS[split.judged]).mean())


def test_the_patch_can_be_learned():
    assert accuracy("", "", -1) > 0.9


@pytest.mark.parametrize("arm", [MEAN, IMPUTED])
def test_a_method_that_knows_the_truth_drops_to_chance_and_random_pixels_do_not(arm):
    """0.12 of the pixels are the patch."""
    assert accuracy("truth", arm, 0) < 0.5 < 0.8 < accuracy("random", arm, 0)


def test_what_the_truth_keeps_is_enough():
    assert accuracy("truth", MEAN, 0, KEPT) > 0.9 > 0.5 > accuracy("truth", MASK, 0, KEPT)


def test_a_mask_that_tells_the_class_is_caught_by_training_on_it_alone():
    """Its pixels are those of the truth, too; in the mean colour its shape is seen, so the accuracy does not fall."""
    assert accuracy("tells", MEAN, 1) > 0.9 > 0.5 > accuracy("truth", MEAN, 1)
    assert accuracy("tells", MASK, 1) > 0.9
    assert accuracy("truth", MASK, 1) < 0.5 and accuracy("random", MASK, 1) < 0.5


def test_levels_are_the_first_fraction_that_takes_a_pixel_away():
    stack = np.arange(100, dtype=np.float32).reshape(1, 10, 10)
    levels = levels_of(stack, [0.1, 0.35], [0])[0].ravel()
    assert levels.tolist() == [2] * 65 + [1] * 25 + [0] * 10
    version = Version(MEAN, REMOVED, 1, 0.35)
    assert version.masks(levels).sum() == 35 and Version(MEAN, KEPT, 1, 0.35).masks(levels).sum() == 65
    flat = levels_of(np.zeros((2, 10, 10), np.float32), [0.5], [1, 2])
    assert (flat == 0).sum() == 100 and (flat[0] != flat[1]).any() and flat[0, 0].min() != flat[0, 0].max()


def test_pictures_without_pixels():
    crops = np.full((2, 6, 6, 3), 100, np.uint8)
    crops[:, 3:] = 200
    masks = np.zeros((2, 6, 6), bool)
    masks[:, 1, 1] = True
    given = {"colour": np.array([10.4, 20.0, 30.0]), "seeds": [1, 2]}
    mean, imputed, mask = (changed_photographs(crops, masks, arm, **given) for arm in (MEAN, IMPUTED, MASK))
    assert mean[0, 1, 1].tolist() == [10, 20, 30] and (mean[~masks] == crops[~masks]).all()
    assert (imputed[~masks] == crops[~masks]).all() and np.abs(imputed[0, 1, 1].astype(int) - 100).max() < 12
    assert mask[0, 1, 1].tolist() == [255] * 3 and mask.sum() == 2 * 3 * 255
    assert len(versions([0.1, 0.5], keep=False)) == 6 and len(versions([0.1, 0.5], keep=True)) == 12


def tables(folder):
    """Six photographs of three folds, and the truth of four of them."""
    names = [f"s{number}" for number in range(6)]
    index = pd.DataFrame({"row": range(6), "sample_id": names})
    folds = pd.DataFrame({"sample_id": names, "label": "KS", "subject_id": names, "kin_group": names})
    folds["fold"] = ["1", "1", "2", "2", "heldout", "2"]
    truth = pd.DataFrame({"row": range(4), "sample_id": ["s0", "s0", "s2", "s4"], "region": ""})
    truth["variant"] = ["face", "twin", "twin", "twin"]
    changes = np.zeros((4, 5, 5), np.float16)
    changes[1, 0, 0], changes[2, 4, 4], changes[3, 0, 4] = 9, 9, 9
    for name, table in {"index": index, "folds": folds, "truth": truth}.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    np.save(folder / "changes.npy", changes)


def test_every_photograph_of_the_folds_is_explained_and_the_prior_knows_none_that_is_judged(tmp_path):
    tables(tmp_path)
    paths = {name: str(tmp_path / f"{name}.csv") for name in ("index", "folds", "truth", "explained", "out")}
    write_roar_faces(paths["index"], paths["folds"], paths["explained"], of_folds=["1", "2"])
    faces = pd.read_csv(paths["explained"])
    assert faces[faces.fold == 1].sample_id.tolist() == ["s0", "s1", "s2", "s3", "s5"]
    assert faces[faces.fold == 1].set.tolist() == ["judged"] * 2 + ["training"] * 3
    inputs = {"explained": paths["explained"], "truth": paths["truth"], "changes": str(tmp_path / "changes.npy")}
    outputs = {"levels": str(tmp_path / "levels.npy"), "index": paths["out"]}
    for fold, place in (("1", (4, 4)), ("2", (0, 0))):  # where the other fold's photograph changed
        write_prior_levels(inputs, outputs, fold=fold, fractions=[0.04, 0.5], seed=1)
        levels = np.load(outputs["levels"])
        assert len(levels) == 5 and (levels == levels[0]).all()
        assert np.argwhere(levels[0] == 0).tolist() == [list(place)]


def answers(rights):
    """ANSWERS of twelve families: for each (method, arm, fraction), how many of their photographs are named rightly."""
    rows = []
    for (method, arm, fraction), right in rights.items():
        for repeat in range(2):
            for number in range(12):
                predicted = "KS" if number < right + repeat else "NS"
                rows.append((method, "1", arm, REMOVED, fraction, repeat, f"s{number}", "KS", predicted))
    columns = ["method", "fold", "arm", "direction", "fraction", "repeat", "sample_id", "label", "predicted"]
    return pd.DataFrame(rows, columns=columns)


def test_the_table_compares_with_whole_photographs_and_with_random_pixels(tmp_path):
    given = {("none", "unchanged", 0.0): 10, ("Random", MEAN, 0.3): 8, ("Good", MEAN, 0.3): 2, ("Good", MEAN, 0.7): 0}
    given |= {("Random", MEAN, 0.7): 6, ("Good", MASK, 0.3): 7, ("Random", MASK, 0.3): 3}
    samples = pd.DataFrame({"sample_id": [f"s{n}" for n in range(12)], "kin_group": [f"k{n}" for n in range(12)]})
    bootstrap = {"n_resamples": 400, "level": 0.95, "group": "kin_group"}
    table = roar_table(answers(given), samples, controls=["Random"], bootstrap=bootstrap, seed=1)
    lines = table.set_index(["method", "arm", "fraction"])
    good = lines.loc[("Good", MEAN, "0.3")]
    assert good["accuracy"] == pytest.approx(2.5 / 12) and good["drop"] == pytest.approx(8 / 12)
    assert good["below_random"] == pytest.approx(6 / 12) and good["below_random_low"] > 0
    assert good["accuracy_low"] < good["accuracy"] < good["accuracy_high"]
    assert good[["photographs", "kin_groups", "networks"]].tolist() == [12, 12, 2]
    mean = lines.loc[("Good", MEAN, ALL)]
    assert mean["accuracy"] == pytest.approx(1.5 / 12) and mean["networks"] == 4
    assert pd.isna(lines.loc[("Random", MEAN, "0.3"), "below_random"])
    assert pd.isna(lines.loc[("Good", MASK, "0.3"), "drop"]) and lines.loc[("Good", MASK, "0.3"), "below_random"] < 0
    assert lines["control"].to_dict()[("Random", MEAN, "0.7")]
    table.assign(simulated=True).to_csv(tmp_path / "roar.csv", index=False)
    draw_roar(tmp_path / "roar.csv", tmp_path / "roar.svg")
    figure = (tmp_path / "roar.svg").read_text()
    for words in ("the mask alone", "Random (control)", "12 photographs of 12 families", "SIMULATED"):
        assert words in figure
    few = samples.assign(kin_group=[f"k{n % 4}" for n in range(12)])
    table = roar_table(answers(given), few, controls=["Random"], bootstrap=bootstrap, seed=1)
    assert table["accuracy_low"].isna().all() and table["accuracy"].notna().all()  # too few families for an interval


def test_a_study_that_says_nothing_of_it_has_the_settings_of_the_schema(config, root):
    filled = validate(config, root / "config/schemas")
    assert "roar" not in filled["evaluation"]
    section = load_schema(root / "config/schemas")["properties"]["evaluation"]["properties"]["roar"]["properties"]
    assert {key: below["x-left-out"] for key, below in section.items()} == LEFT_OUT
    assert roar_settings(filled) == LEFT_OUT
    filled["cohort"]["kind"] = "folder"
    assert settings_module.PRIOR not in roar_settings(filled)["controls"]
    del filled["saliency"]["methods"]["GradCam"]
    assert roar_settings(filled)["methods"] == ["SmoothGrad", "LRP-EpsilonPlusFlat"]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"methods": ["GradCamm"]}, "evaluation.roar.methods: no method 'GradCamm'; did you mean GradCam"),
        ({"controls": ["Random", "Sobell"]}, "evaluation.roar.controls: no control 'Sobell'; did you mean Sobel"),
        ({"controls": ["Sobel"]}, "evaluation.roar.controls"),
        ({"fractions": [0.5, 0.1]}, "do not rise"),
        ({"fractions": [0.5, 1]}, "evaluation.roar.fractions"),
        ({"recipe": "quik"}, "no recipe 'quik'; did you mean quick"),
        ({"folds": 9}, "evaluation.roar.folds is 9; the study has 5"),
        ({"fold": 1}, "evaluation.roar.fold"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_any_job(config, root, section, words):
    config["evaluation"]["roar"] = section
    with pytest.raises(InputError, match=words):
        load_study(config, root)
