"""Maps in bfloat16: like those of float32, equal where a method declares float32, and of the same class in any case."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.models import checkpoint, precision
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.merge import merged
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.engine import channel_sums, explain_fold
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import attribution_of
from gestalt_regions.saliency.method_registry import Method, load_methods, method
from gestalt_regions.saliency.windows.occluded_logits import Occluder
from torch import nn

CPU = torch.device("cpu")
SIZE = 32
ALONE = [name for name, entry in load_methods().items() if not entry.takes and entry.family != "control"]


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        "body": nn.Sequential(nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    }
    net = StagedNetwork(stages, ["stem", "body"], 96, 5).eval()
    return net.requires_grad_(False).to(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def images():
    return torch.randn(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def maps(entry: Method, explainer, x):
    target = explainer.exact(x).argmax(1)
    settings = entry.parameters | ({"masks": 50} if entry.name == "RISE" else {})
    result = attribution_of(entry(explainer, x, target, [3, 4, 5], None, settings))
    assert result.dtype == torch.float32  # so that sums over channels are
    return channel_sums(result.detach(), SIZE)


@pytest.mark.parametrize("name", ALONE)
def test_maps_in_bfloat16_are_like_those_of_float32(network, images, name):
    entry = load_methods()[name]
    plain = maps(entry, Explainer(network, 8), images)
    short = maps(entry, Explainer(network, 8, precision="bfloat16"), images)
    if entry.precision == "float32":
        assert np.array_equal(plain, short)
        return
    assert not np.array_equal(plain, short)
    for one, other in zip(plain[:, 1], short[:, 1], strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.95


def test_answers_and_layers_come_back_in_float32(network, images):
    explainer = Explainer(network, 8, precision="bfloat16")
    target = torch.tensor([0, 1, 2])
    assert explainer.merged(images).dtype == torch.float32
    assert torch.equal(explainer.exact(images), merged(network)(images))
    for values in explainer.layer_gradient(images, target, ""):
        assert values.dtype == torch.float32
    assert all(value.dtype != torch.bfloat16 for value in network.state_dict().values())


def test_an_explainer_is_in_its_own_precision_again_after_a_method_that_is_not(network):
    explainer = Explainer(network, 8, precision="bfloat16")
    with pytest.raises(ValueError, match="stop"), explainer.not_below("float32"):
        assert explainer.merged is explainer.exact and explainer.network is network
        raise ValueError("stop")
    assert explainer.merged.in_bfloat16 and explainer.network.in_bfloat16
    with Explainer(network, 8).not_below("bfloat16"):  # what is more exact already stays so
        assert not Explainer(network, 8).merged.in_bfloat16


def test_occlusion_recomputes_in_bfloat16_what_a_window_changes_and_no_more(network, images):
    occluder = Occluder(Explainer(network, 8, precision="bfloat16").merged)
    whole = occluder.maps(images[:1])
    assert [step.kind for step in occluder.program][:2] == ["input", "local"]
    assert whole[occluder.program[2].name].dtype == torch.bfloat16
    logits = occluder.logits(whole, [(8, 12)], [(8, 12)], 0.0)
    covered = images[:1].clone()
    covered[..., 8:12, 8:12] = 0
    assert logits.dtype == torch.float32
    assert torch.allclose(logits, Explainer(network, 8).exact(covered), atol=0.02)


def test_a_network_that_begins_with_a_part_of_the_face_has_a_copy_in_bfloat16(root):
    torch.manual_seed(0)
    network = build(3, 0.0, str(root / "resources/face_parts.csv"), {"part": "eyes"})[0].eval()
    faces = torch.rand(1, 1, 224, 224)
    exact, short = (precision.in_precision(network, name)(faces) for name in ("float32", "bfloat16"))
    assert torch.allclose(exact, short, atol=0.02) and not torch.equal(exact, short)


@pytest.mark.parametrize(
    ("wanted", "able", "used", "words"),
    [
        ("float32", False, "float32", ""),
        ("bfloat16", True, "bfloat16", ""),
        ("bfloat16", False, "float32", "this cpu has no instructions for it; float32 is used"),
        ("tf32", True, "float32", "only GPUs have it; this cpu uses float32"),
    ],
)
def test_a_processor_that_cannot_says_so_once_and_uses_float32(monkeypatch, caplog, wanted, able, used, words):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: able)
    monkeypatch.setattr(precision, "NOTED", {})
    assert precision.network_precision(wanted, CPU) == used
    assert precision.NOTED == {"precision": used}
    assert len(caplog.records) == bool(words) and words in caplog.text


def test_on_a_gpu_float32_is_float32_and_tf32_is_asked_for():
    cudnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, products.allow_tf32
    try:
        for wanted in ("tf32", "float32"):
            assert precision.network_precision(wanted, torch.device("cuda")) == "float32"
            assert cudnn.allow_tf32 == products.allow_tf32 == (wanted == "tf32")
    finally:
        cudnn.allow_tf32, products.allow_tf32 = before


def test_a_registered_method_names_a_precision_that_there_is():
    with pytest.raises(ValueError, match="precision 'float16'; allowed: float32, bfloat16"):
        method("Other", family="gradient", attribution="local", paper="", precision="float16")


@pytest.fixture
def fold(tmp_path):
    """fold(method, precision): maps and index of four images, as bytes."""
    torch.manual_seed(0)
    network, preprocess = build(3, 0.0, "", {})
    about = {"backbone": "deepgestalt", "options": {}, "classes": ["a", "b", "c"], "dropout": 0.0}
    checkpoint.save(tmp_path / "c.safetensors", network, replace(preprocess, size=100), about)
    np.save(tmp_path / "crops.npy", np.random.default_rng(0).integers(0, 256, (4, 100, 100, 3), dtype=np.uint8))
    table = pd.DataFrame({"fold": "1", "sample_id": list("wxyz"), "row": range(4), "set": "folds", "label": "a"})
    table.to_csv(tmp_path / "explained.csv", index=False)
    names = {"checkpoint": "c.safetensors", "crops": "crops.npy", "explained": "explained.csv"}
    inputs = {key: str(tmp_path / name) for key, name in names.items()} | {"asset": ""}

    def run(name, wanted):
        outputs = {"maps": str(tmp_path / f"{name}-{wanted}.npy"), "index": str(tmp_path / f"{name}-{wanted}.csv")}
        settings = {"settings": {}, "fold": "1", "seed": 5, "batch": 8, "device": "cpu", "precision": wanted}
        explain_fold(inputs, outputs, name=name, **settings)
        return [Path(path).read_bytes() for path in outputs.values()]

    run.folder = tmp_path
    return run


def test_the_class_explained_and_its_score_do_not_depend_on_the_precision(fold, monkeypatch, caplog):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: True)
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        plain, short = (fold("Gradient", wanted) for wanted in ("float32", "bfloat16"))
    assert plain[1] == short[1] and plain[0] != short[0]
    assert np.load(fold.folder / "Gradient-bfloat16.npy").dtype == np.float32
    assert "networks compute in bfloat16, sums over channels in float32" in caplog.text


def test_a_method_that_declares_float32_gives_the_same_bytes(fold, monkeypatch):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: True)
    assert fold("LRP-EpsilonPlus", "float32") == fold("LRP-EpsilonPlus", "bfloat16")


def test_a_study_on_a_processor_without_the_instructions_gives_the_same_bytes(fold, monkeypatch, caplog):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: False)
    assert fold("Gradient", "float32") == fold("Gradient", "bfloat16")
    assert caplog.text.count("no instructions for it") == 1
