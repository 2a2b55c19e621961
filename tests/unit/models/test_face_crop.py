"""The crop that a network of DeepGestalt begins with, and that weights fit every part."""

import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.face_parts import PARTS, SIDE, read_boxes
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.face_crop import FaceCrop, scaling
from gestalt_regions.models.merge import merged
from torch.nn import functional


@pytest.fixture(scope="module")
def table(root):
    return str(root / "resources/face_parts.csv")


@pytest.fixture(scope="module")
def faces():
    return torch.rand(2, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_cut_and_scaled_as_torch_scales_pictures(part, table, faces):
    network, preprocess = build(3, 0.0, table, {"part": part})
    left, top, right, bottom = read_boxes(table)[part]
    cut = network.stages["conv1"].part(faces)
    expected = functional.interpolate(
        faces[..., top:bottom, left:right], (100, 100), mode="bilinear", align_corners=False, antialias=True
    )
    assert preprocess.size == SIDE and cut.shape == (2, 1, 100, 100)
    assert torch.allclose(cut, expected, atol=1e-5)


@pytest.mark.parametrize(("length", "size"), [(224, 100), (66, 100), (100, 100)])
def test_each_pixel_is_a_mean_of_pixels(length, size):
    weights = scaling(length, size, torch.zeros(1, dtype=torch.float64))
    assert (weights >= 0).all() and torch.allclose(weights.sum(1), torch.ones(size, dtype=torch.float64))
    assert (length != size) or torch.equal(weights, torch.eye(size, dtype=torch.float64))


def test_an_expert_sees_its_part_alone(table, faces):
    torch.manual_seed(0)
    network, _ = build(3, 0.0, table, {"part": "eyes"})
    left, top, right, bottom = read_boxes(table)["eyes"]
    assert network.seen == (left / SIDE, top / SIDE, right / SIDE, bottom / SIDE)
    x = faces.clone().requires_grad_(True)
    network.eval()(x).square().sum().backward()
    inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    inside[top:bottom, left:right] = True
    assert (x.grad[:, 0, ~inside] == 0).all() and (x.grad[:, 0, inside] != 0).float().mean() > 0.9


def test_weights_of_one_part_fit_another(table, tmp_path):
    network, preprocess = build(3, 0.0, table, {"part": "eyes"})
    facts = {"backbone": "deepgestalt", "options": {"part": "eyes"}, "classes": ["a", "b", "c"], "dropout": 0.0}
    path = str(tmp_path / "eyes.safetensors")
    checkpoint.save(path, network, preprocess, facts)
    mouth, _ = build(3, 0.0, table, {"part": "mouth", "weights": path})
    assert torch.equal(mouth.stages["conv3"][0].weight, network.stages["conv3"][0].weight)
    again, _, _ = checkpoint.load(path, table)
    assert again.seen == network.seen
    with pytest.raises(InputError, match=r"without resources/face_parts.csv: no part 'eyes'"):
        checkpoint.load(path, "")


def test_batchnorms_are_merged_behind_the_crop(table, faces):
    torch.manual_seed(0)
    network = build(3, 0.0, table, {"part": "nose"})[0].eval()
    quick = merged(network)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in quick.modules())
    assert isinstance(quick.stages["conv1"].part, FaceCrop) and quick.seen == network.seen
    assert torch.allclose(quick(faces), network(faces), rtol=1e-4, atol=1e-4)
