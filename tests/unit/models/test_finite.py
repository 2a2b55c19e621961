"""A training that is not finite stops, and nothing reports on its weights or answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.finite import check_epoch
from gestalt_regions.models.fold_training import predictions
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import Split, train_fold
from gestalt_regions.models.weight_files import read_state
from gestalt_regions.statistics.table2 import load_predictions
from gestalt_regions.study.schema import validate
from safetensors.torch import save_file
from torch import nn


def small_network() -> StagedNetwork:
    return StagedNetwork(
        {"stem": nn.Conv2d(3, 2, 3), "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())}, ["stem"], 2, 2
    )


def train(root, config, tmp_path, **recipe):
    config["recipes"]["test"] = {"epochs": 4, "batch_size": 4, "optimiser": "sgd", **recipe}
    values = validate(config, root / "config/schemas")["recipes"]["test"]
    crops = np.random.default_rng(0).integers(0, 255, (16, 8, 8, 3)).astype(np.uint8)
    rows = np.arange(16)
    split = Split(fit=rows[:8], choose=rows[8:12], judged=rows[12:], heldout=rows[:0])
    return train_fold(
        small_network(),
        Preprocess(8, "rgb", (0.0,) * 3, (1.0,) * 3),
        crops,
        rows % 2,
        split,
        recipe=values,
        seed=1,
        folder=tmp_path,
        where="fold 3",
        key="recipes.test",
    )


def test_a_training_that_diverges_stops_at_its_epoch_and_names_it(root, config, tmp_path):
    message = r"fold 3, epoch [12]: .*learning rate was 1e\+30; lower config recipes\.test\.learning_rate"
    with pytest.raises(InputError, match=message):
        train(root, config, tmp_path, learning_rate=1e30)


def test_a_training_that_converges_is_left_alone(root, config, tmp_path):
    history, scores = train(root, config, tmp_path, learning_rate=1e-4)
    assert len(history) == 4 and np.isfinite(scores).all()


def test_weights_that_are_not_finite_stop_a_training_whose_loss_is_finite():
    network = small_network()
    network.stages["stem"].bias.data[0] = float("inf")
    with pytest.raises(InputError, match=r"fold 1, epoch 2: 1 weights hold NaN.*'stages\.stem\.bias'.*rate was 0\.1"):
        check_epoch(network, [0.5], where="fold 1", epoch=2, rate=0.1, key="recipes.quick.learning_rate")


def test_a_checkpoint_with_nan_is_neither_written_nor_read(tmp_path, monkeypatch):
    network, preprocess = build(2, 0.0, "", {})
    facts = {"backbone": "deepgestalt", "options": {}, "classes": ["a", "b"], "dropout": 0.0}
    path = str(tmp_path / "checkpoint.safetensors")
    network.head.weight.data[0, 0] = float("nan")
    with pytest.raises(InputError, match=r"checkpoint\.safetensors: 1 weights.*'head\.weight'"):
        checkpoint.save(path, network, preprocess, facts)
    assert not (tmp_path / "checkpoint.safetensors").exists()
    monkeypatch.setattr(checkpoint, "check_weights", lambda *_: None)  # as an older version wrote it
    checkpoint.save(path, network, preprocess, facts)
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"checkpoint\.safetensors.*train again"):
        checkpoint.load(path, "")


def test_a_file_of_weights_with_nan_is_refused(tmp_path):
    path = str(tmp_path / "weights.safetensors")
    save_file({"a": torch.zeros(2), "b": torch.tensor([1.0, float("nan")])}, path)
    with pytest.raises(InputError, match=r"weights\.safetensors: 'b' has NaN"):
        read_state(path)


def test_answers_that_are_not_finite_are_named_by_their_image():
    table = pd.DataFrame({"row": [0, 1], "sample_id": ["x", "y"], "label": ["a", "b"]})
    none = np.array([], int)
    split = Split(fit=none, choose=none, judged=np.array([0, 1]), heldout=none)
    with pytest.raises(InputError, match="answer to 'y' is not finite"):
        predictions(table, split, np.array([[1, 2], [np.nan, 1]], np.float32), ["a", "b"])


def test_table_2_refuses_predictions_without_probabilities(tmp_path):
    samples = pd.DataFrame({"sample_id": ["x", "y"], "subject_id": ["x", "y"], "kin_group": ["x", "y"]})
    path = tmp_path / "predictions.csv"
    path.write_text("sample_id,set,label,predicted,correct,p_a,p_b\nx,folds,a,a,True,0.5,0.5\ny,folds,b,a,False,,\n")
    with pytest.raises(InputError, match=r"predictions\.csv: 'y' and 0 other images have no probability"):
        load_predictions([path], samples)
