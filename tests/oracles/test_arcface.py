import numpy as np
import onnxruntime
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching.encoders import describe
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.arcface import build


@pytest.fixture(scope="module")
def built(asset):
    torch.manual_seed(0)
    network, preprocess = build(6, 0.0, asset("arcface_mbf.onnx"), {})
    return network.eval(), preprocess


@pytest.fixture(scope="module")
def crops():
    return np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)


def test_embeddings_equal_onnx_runtime(asset, built, crops):
    network, preprocess = built
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(asset("arcface_mbf.onnx"), options, providers=["CPUExecutionProvider"])
    x = preprocess(crops)
    with torch.no_grad():
        ours = network.run(x).numpy()
    theirs = np.concatenate([session.run(None, {session.get_inputs()[0].name: one[None].numpy()})[0] for one in x])
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max() * 10


def test_stages_are_cut_where_the_map_shrinks_and_compose(built, crops):
    network, preprocess = built
    assert list(network.stages) == ["map28", "map14", "map7", "embedding"]
    x = preprocess(crops)
    for name in network.spatial:
        cut = network.layer(name) + 1
        hidden = network.run(x, stop=cut)
        assert hidden.shape[-1] == int(name.removeprefix("map"))
        assert torch.allclose(network.tail(hidden, cut), network(x), atol=1e-5)
    with pytest.raises(InputError, match="map28, map14, map7"):
        network.layer("layer4")


def test_every_input_pixel_has_a_gradient(built, crops):
    network, preprocess = built
    x = preprocess(crops).requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(x)[:, 0].sum(), x)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).float().mean() > 0.99


def test_a_checkpoint_restores_the_same_network(asset, built, crops, tmp_path):
    network, preprocess = built
    path = str(tmp_path / "c.safetensors")
    about = {"backbone": "arcface_mbf", "options": {}, "classes": list("abcdef"), "dropout": 0.0, "fold": "1"}
    checkpoint.save(path, network, preprocess, about)
    again, same, told = checkpoint.load(path, asset("arcface_mbf.onnx"))
    assert told["classes"] == list("abcdef")
    assert same == preprocess
    assert not any(p.requires_grad for p in again.parameters())
    assert torch.equal(again(preprocess(crops)), network(preprocess(crops)))


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    path.write_bytes(b"\x80\x04pickle?")
    with pytest.raises(InputError, match="not a checkpoint"):
        checkpoint.load(str(path), "")


@pytest.mark.parametrize("name", ["arcface_mbf", "sface"])
def test_published_encoders_give_the_unit_vectors_of_onnx_runtime(asset, name):
    """The largest difference in an entry of a unit vector of two random images is 2e-7 (arcface_mbf), 7e-7 (sface)."""
    about = describe({"backbone": name, "options": {}}, asset(f"{name}.onnx"), threads=1, feature_layer=True)
    assert about["largest_difference"] < 3e-6
    assert (about["width"], about["scales_itself"]) == {"arcface_mbf": (512, False), "sface": (128, True)}[name]
