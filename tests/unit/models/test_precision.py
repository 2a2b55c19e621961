"""Training in bfloat16 and TF32: what it changes, what it leaves, and what a device without the instructions does."""

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
def flags():
    """flags(): whether a GPU would multiply in TF32, in convolutions and in matrix products; afterwards as before."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, matmul.allow_tf32
    cudnn.allow_tf32 = matmul.allow_tf32 = False  # as choose_device leaves it
    yield lambda: (cudnn.allow_tf32, matmul.allow_tf32)
    cudnn.allow_tf32, matmul.allow_tf32 = before


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


def test_a_processor_trains_tf32_as_float32_and_says_so(recipe, tmp_path, caplog):
    plain, _, _ = trained(recipe, tmp_path / "plain")
    scores, _, _ = trained(recipe | {"precision": "tf32"}, tmp_path / "asked")
    assert np.array_equal(scores, plain)
    assert "precision tf32: only GPUs have it; this cpu uses float32" in caplog.text


@pytest.mark.parametrize("frozen", [0, 1])
@pytest.mark.parametrize("chosen", ["float32", "tf32", "bfloat16"])
def test_a_gpu_shortens_products_of_what_is_learned_from_alone_and_only_if_asked(
    recipe, monkeypatch, tmp_path, flags, chosen, frozen
):
    """The flags that a GPU would obey, in every pass through the network, forward and backward."""
    monkeypatch.setattr(precision, "chosen_precision", lambda settings, device: settings.get("precision", "float32"))
    passes = {True: set(), False: set()}  # whether the network learns or is judged -> the flags
    backward = set()

    def noting(module, inputs, output):
        passes[module.training and torch.is_grad_enabled()].add(flags())
        if output.requires_grad:
            output.register_hook(lambda gradient: backward.add(flags()))

    monkeypatch.setattr(precision, "NOTED", {})
    with torch.nn.modules.module.register_module_forward_hook(noting):
        trained(recipe | {"precision": chosen}, tmp_path / "net", frozen)
    asked = (chosen == "tf32",) * 2
    assert passes[True] == backward == {asked}
    assert passes[False] == {(False, False)} | ({asked} if frozen else set())  # frozen stages, of mirrored faces
    assert precision.NOTED == {"precision": chosen}
    assert flags() == (False, False)


def test_products_are_as_before_afterwards_whatever_happens(flags):
    torch.backends.cudnn.allow_tf32 = True  # PyTorch's default
    with pytest.raises(ValueError, match="stop"), precision.products("float32"):
        assert flags() == (False, False)
        with precision.products("tf32"):
            assert flags() == (True, True)
        assert flags() == (False, False)
        raise ValueError("stop")
    assert flags() == (True, False)
