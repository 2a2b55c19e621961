"""A training that is killed goes on after its last whole epoch, to the bytes of an undisturbed one."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.models import fold_training, resume
from gestalt_regions.models.backbones import BACKBONES
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.study.schema import validate
from torch import nn


class Killed(BaseException):
    """As a signal, it is no Exception that anything would handle."""


def tiny(classes: int, dropout: float, asset: str, options: dict):
    """Stands in for a backbone's builder."""
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU()),
        "body": nn.Sequential(nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    return StagedNetwork(stages, ["stem"], 8, classes, dropout), Preprocess(8, "rgb", (127.5,) * 3, (127.5,) * 3)


@pytest.fixture
def train(root, config, tmp_path, monkeypatch):
    """train(folder, recipe name, **changes): the bytes of checkpoint, history and predictions, by name."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({"row": range(24), "sample_id": [f"s{i}" for i in range(24)]})
    table["label"], table["kin_group"] = ["a", "b"] * 12, [f"k{i // 2}" for i in range(24)]
    table["subject_id"], table["fold"] = table.kin_group, [str(i // 2 % 3 + 1) for i in range(24)]
    table[["row", "sample_id"]].to_csv(tmp_path / "index.csv", index=False)
    table.drop(columns="row").to_csv(tmp_path / "folds.csv", index=False)
    np.save(tmp_path / "crops.npy", random.integers(0, 256, (24, 8, 8, 3), dtype=np.uint8))
    inputs = {key: str(tmp_path / name) for key, name in FILES.items()} | {"asset": ""}
    monkeypatch.setattr(fold_training, "builder", lambda name: tiny)
    monkeypatch.setattr(fold_training, "backbone", lambda name: BACKBONES["resnet18_morph"])
    recipes = validate(config, root / "config/schemas")["recipes"]
    model = {"backbone": "tiny", "recipe": "", "options": {}}

    def run(folder: str, name: str = "quick", **changes) -> dict[str, bytes]:
        recipe = recipes[name] | {"epochs": 4, "batch_size": 8, "dropout": 0.5, "frozen_stages": 1} | changes
        outputs = {key: str(tmp_path / folder / key) for key in ("checkpoint", "history", "predictions")}
        named = model | {"recipe": name}
        fold_training.train_on_fold(inputs, outputs, model=named, recipe=recipe, fold="1", seed=5, device="cpu")
        left = sorted(path.name for path in (tmp_path / folder).iterdir())
        assert left == sorted(outputs), "nothing else is left"
        return {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}

    run.folder = tmp_path
    return run


FILES = {"crops": "crops.npy", "index": "index.csv", "folds": "folds.csv"}


@pytest.fixture
def killed_after(monkeypatch):
    """killed_after(n): the job dies just after it kept its epoch n; the list holds the epochs kept."""
    keep = resume.Resume.keep

    def limit(epochs: int) -> list[int]:
        kept = []

        def and_die(self, history, **values):
            keep(self, history, **values)
            kept.append(len(history))
            if len(kept) == epochs:
                raise Killed

        monkeypatch.setattr(resume.Resume, "keep", and_die)
        return kept

    return limit


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [("quick", {}), ("quick", {"epoch_selection": "inner"}), ("paper", {"restart_epochs": 3, "frozen_stages": 0})],
)
def test_a_killed_training_goes_on_to_the_same_bytes(train, killed_after, caplog, recipe, changes):
    whole = train("whole", recipe, **changes)
    for epochs in (1, 2):  # killed twice: after epoch 1, then after epoch 3
        killed_after(epochs)
        with pytest.raises(Killed):
            train("resumed", recipe, **changes)
    kept = killed_after(99)
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        assert train("resumed", recipe, **changes) == whole
    assert kept == [4]
    assert "going on after epoch 3" in caplog.text


def test_killed_between_the_last_epoch_and_the_outputs(train, killed_after):
    whole = train("whole")
    killed_after(4)
    with pytest.raises(Killed):
        train("resumed")
    assert killed_after(99) == []
    assert train("resumed") == whole


def test_dropout_needs_the_state_of_torchs_generator(train, killed_after, monkeypatch):
    """Without it the bytes differ: the tests above would notice."""
    whole = train("whole")
    killed_after(2)
    with pytest.raises(Killed):
        train("resumed")
    killed_after(99)
    monkeypatch.setattr(torch, "set_rng_state", lambda state: None)
    assert train("resumed")["checkpoint"] != whole["checkpoint"]


def test_an_epoch_of_another_recipe_is_not_used(train, killed_after):
    killed_after(2)
    with pytest.raises(Killed):
        train("changed", learning_rate=0.01)
    kept = killed_after(99)
    assert train("changed") == train("whole")
    assert kept == [1, 2, 3, 4] * 2


def test_a_state_that_cannot_be_read_is_left_aside(train, killed_after, caplog):
    killed_after(2)
    with pytest.raises(Killed):
        train("damaged")
    (path,) = train.folder.glob("damaged/.*.partial/*.pt")
    path.write_bytes(path.read_bytes()[:1000])
    kept = killed_after(99)
    assert train("damaged") == train("whole")
    assert kept[:4] == [1, 2, 3, 4]
    assert "cannot be read" in caplog.text
