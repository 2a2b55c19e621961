"""Training in bfloat16: what it changes, what it leaves, and what a processor without the instructions does."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.models import precision
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import split_fold, train_fold
from gestalt_regions.study.schema import validate
from torch import nn

CPU = torch.device("cpu")


@pytest.fixture
def recipe(root, config):
    config["recipes"]["test"] = {"epochs": 8, "batch_size": 8, "learning_rate": 0.01, "epoch_selection": "last"}
    return validate(config, root / "config/schemas")["recipes"]["test"]


def trained(recipe, folder, frozen=0):
    """Logits of images that are judged, and the network; dark and light images are told apart."""
    labels = np.arange(60) % 2
    table = pd.DataFrame({"row": range(60), "label": labels.astype(str), "fold": [str(i // 20) for i in range(60)]})
    table = table.assign(subject_id=table.row.astype(str), kin_group=table.row.astype(str))
    crops = np.random.default_rng(0).integers(0, 60, (60, 8, 8, 3)) + 150 * labels[:, None, None, None]
    torch.manual_seed(1)
    body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    pool = nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = StagedNetwork({"body": body, "pool": pool}, ["body"], 8, 2)
    preprocess = Preprocess(8, "rgb", (127.5,) * 3, (127.5,) * 3)
    split = split_fold(table, "1", "last", 0.2, 0)
    recipe = recipe | {"frozen_stages": frozen}
    scores = train_fold(
        network, preprocess, crops.astype(np.uint8), labels, split, recipe=recipe, seed=3, folder=folder
    )[1]
    return scores, network, labels[split.judged]


def test_without_the_key_a_recipe_is_float32(recipe):
    assert "precision" not in recipe and precision.chosen_precision(recipe, CPU) == "float32"


def test_a_forward_pass_computes_in_the_precision():
    convolution, x = nn.Conv2d(1, 2, 3), torch.ones(1, 1, 5, 5)
    for name in ("float32", "bfloat16"):
        with precision.autocast(name, CPU):
            assert convolution(x).dtype == getattr(torch, name)


@pytest.mark.parametrize("frozen", [0, 1])
def test_bfloat16_learns_and_leaves_weights_and_answers_float32(recipe, monkeypatch, tmp_path, frozen):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: True)  # any processor can, if slowly
    plain, _, truth = trained(recipe, tmp_path / "plain", frozen)
    scores, network, _ = trained(recipe | {"precision": "bfloat16"}, tmp_path / "half", frozen)
    assert all(value.dtype != torch.bfloat16 for value in network.state_dict().values())
    assert scores.dtype == np.float32 and (scores.argmax(1) == truth).all()
    assert 0 < np.abs(scores - plain).max() < 0.5  # other roundings, the same network


def test_a_processor_without_the_instructions_says_so_and_trains_as_float32(recipe, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: False)
    plain, _, _ = trained(recipe, tmp_path / "plain")
    assert not caplog.records or "bfloat16" not in caplog.text
    scores, _, _ = trained(recipe | {"precision": "bfloat16"}, tmp_path / "asked")
    assert np.array_equal(scores, plain)
    assert "this cpu has no instructions for it; float32 is used" in caplog.text
