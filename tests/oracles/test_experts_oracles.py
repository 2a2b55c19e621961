"""Maps of a network that looks at a part of the face: whole, in the face's frame, and nothing outside the part."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gestalt_regions.faces.face_parts import SIDE, read_boxes
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.joined_experts import joined, weights_of_experts
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.propagation.composites import Composite, Relevance
from gestalt_regions.saliency.windows.occluded_logits import Occluder
from torch.nn import functional

PART = "eyes"
QUICK = {"samples": 2, "window": 96, "stride": 64, "channels": 4, "masks": 4, "relu": False}


@pytest.fixture(scope="module")
def table(root):
    return str(root / "resources/face_parts.csv")


@pytest.fixture(scope="module")
def explainer(table):
    torch.manual_seed(0)
    network, preprocess = build(3, 0.0, table, {"part": PART})
    for module in network.modules():  # statistics and biases as of a trained network, not those it starts with
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.2, 0.2)
    return Explainer(network.eval().requires_grad_(False), 4, preprocess)


@pytest.fixture(scope="module")
def x():
    return torch.rand(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture(scope="module")
def inside(table):
    left, top, right, bottom = read_boxes(table)[PART]
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top:bottom, left:right] = True
    return mask


def run(explainer, name, x, **parameters):
    entry = load_methods()[name]
    known = entry.parameters | {key: value for key, value in QUICK.items() if key in entry.parameters} | parameters
    return entry.run(explainer, x, torch.tensor([1]), [0], **known).detach()


NETWORK_METHODS = ["Gradient", "IntegratedGradients", "GuidedBackprop", "DeconvNet", "FullGrad", "ExcitationBackprop"]
NETWORK_METHODS += ["LRP-EpsilonPlus", "LRP-EpsilonAlpha2Beta1Flat", "DeepLIFT", "LayerDeepLIFT", "GradCam"]
NETWORK_METHODS += ["GuidedGradCam", "HiResCAM", "LayerCAM", "ScoreCAM"]


@pytest.mark.parametrize("name", NETWORK_METHODS)
def test_a_map_lies_in_the_part_and_nowhere_else(name, explainer, x, inside):
    maps = channel_sums(run(explainer, name, x), SIDE, explainer.seen)
    assert maps.shape == (1, 2, SIDE, SIDE) and np.isfinite(maps).all()
    assert (maps[0, 1][~inside] == 0).all()
    assert (maps[0, 1][inside] > 0).any()


def test_layer_maps_are_upsampled_within_the_part(explainer, x, inside):
    coarse = run(explainer, "GradCam", x)
    assert coarse.shape[-2:] == (7, 7)
    rows, columns = inside.any(1).sum(), inside.any(0).sum()
    expected = functional.interpolate(coarse, (int(rows), int(columns)), mode="bicubic", align_corners=False)
    placed = channel_sums(coarse, SIDE, explainer.seen)[0, 0][inside].reshape(rows, columns)
    assert np.abs(placed - expected[0, 0].numpy()).max() < 1e-5 * np.abs(placed).max()


@pytest.mark.parametrize("rule", ["zplus", "excitation"])
def test_the_crop_hands_on_all_relevance(rule, explainer, x):
    """What reaches the part's pixels is what reached the 100 x 100 pixels behind the crop."""
    composite = Composite(rule, "epsilon" if rule == "zplus" else rule, merge="both", sums="proportion")
    cut = explainer.network.stages["conv1"].part
    face = x.clone().requires_grad_(True)
    kept = []
    handle = cut.register_forward_hook(lambda module, given, made: kept.append(made))
    with Relevance(composite):
        score = explainer.score(face, torch.tensor([1])).sum()
    handle.remove()
    behind, before = torch.autograd.grad(score, [kept[0], face])
    assert behind.abs().sum() > 0
    assert before.sum().item() == pytest.approx(behind.sum().item(), rel=1e-4)


def test_deeplift_and_fullgrad_are_complete(explainer, x):
    with torch.no_grad():
        logit, reference = (explainer.network(images)[0, 1].item() for images in (x, torch.zeros_like(x)))
    assert run(explainer, "DeepLIFT", x).sum().item() == pytest.approx(logit - reference, rel=1e-3, abs=1e-4)
    assert run(explainer, "FullGrad", x).sum().item() == pytest.approx(logit, rel=1e-3, abs=1e-4)


def test_occlusion_outside_the_part_changes_nothing(explainer, x, inside):
    drops = run(explainer, "Occlusion", x, window=32, stride=32)[0, 0].numpy()
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    assert np.abs(drops[(rows[-1] // 32 + 1) * 32 :]).max() < 1e-5
    slow = []
    with torch.no_grad():
        base = explainer.network(x)[0, 1]
        for left in range(columns[0] // 32 * 32, SIDE, 32):
            hidden = x.clone()
            hidden[..., 96:128, left : left + 32] = 0
            slow.append((base - explainer.network(hidden)[0, 1]).item())
    assert drops[100, columns[0] // 32 * 32 :: 32] == pytest.approx(slow, abs=1e-4)


def test_the_full_face_is_the_whole_frame(table, x):
    network, preprocess = build(3, 0.0, table, {})
    explainer = Explainer(network.eval().requires_grad_(False), 4, replace(preprocess))
    coarse = run(explainer, "GradCam", x)
    assert np.array_equal(channel_sums(coarse, SIDE, explainer.seen), channel_sums(coarse, SIDE))


@pytest.fixture(scope="module")
def aggregate(table):
    """Two experts and the network that joins them, as explainers."""
    networks = []
    for seed, part in enumerate(("eyes", "mouth")):
        torch.manual_seed(seed)
        network, preprocess = build(3, 0.0, table, {"part": part})
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.bias.data.uniform_(-0.2, 0.2)
        network.head.weight.data *= 5
        networks.append(network.eval().requires_grad_(False))
    return [Explainer(network, 4, preprocess) for network in (*networks, joined(networks))]


LRP = ["LRP-EpsilonPlus", "LRP-EpsilonPlusFlat", "LRP-EpsilonAlpha2Beta1Flat", "ExcitationBackprop"]


@pytest.mark.parametrize("name", LRP)
def test_relevance_of_an_aggregate_is_that_of_its_experts_by_their_weights(name, aggregate, x):
    first, second, both = aggregate
    _, weights = weights_of_experts(both.network, x, torch.tensor([1]))
    assert 0.01 < weights.min()
    parts = [run(explainer, name, x) for explainer in (first, second)]
    expected = sum(weight * part for weight, part in zip(weights[0], parts, strict=True))
    assert all(part.abs().max() > 0 for part in parts)
    assert torch.allclose(run(both, name, x), expected, rtol=1e-3, atol=1e-3 * expected.abs().max().item())


def test_deeplift_of_an_aggregate_is_complete(aggregate, x):
    both = aggregate[2]
    with torch.no_grad():
        answers = [both.network(images)[0, 1].item() for images in (x, torch.zeros_like(x))]
    assert abs(answers[0] - answers[1]) > 0.01
    assert run(both, "DeepLIFT", x).sum().item() == pytest.approx(answers[0] - answers[1], rel=1e-3)


@pytest.mark.parametrize("name", ["GuidedBackprop", "DeconvNet", "SmoothGrad", "IntegratedGradients"])
def test_a_map_of_an_aggregate_lies_in_its_experts_parts(name, aggregate, x, table):
    maps = channel_sums(run(aggregate[2], name, x), SIDE, aggregate[2].seen)[0, 1]
    seen = np.zeros((SIDE, SIDE), bool)
    for part in ("eyes", "mouth"):
        left, top, right, bottom = read_boxes(table)[part]
        seen[top:bottom, left:right] = True
        assert (maps[top:bottom, left:right] > 0).any()
    assert (maps[~seen] == 0).all()


def test_occlusion_of_an_aggregate_is_right(aggregate, x):
    both = aggregate[2]
    drops = run(both, "Occlusion", x, window=112, stride=112)[0, 0]
    for row, column in ((0, 0), (112, 112)):
        hidden = x.clone()
        hidden[..., row : row + 112, column : column + 112] = 0
        with torch.no_grad():
            expected = (both.network(x) - both.network(hidden))[0, 1].item()
        assert drops[row + 5, column + 5].item() == pytest.approx(expected, abs=1e-4)


def test_occlusion_computes_less_than_every_picture_anew(explainer, x):
    """Of a part, a window beside it changes nothing, and one inside it a few pixels."""
    occluder = Occluder(explainer.merged)
    maps = occluder.maps(x)
    places = [(start, start + 16) for start in range(0, SIDE, 16)]
    with torch.no_grad():
        answers = occluder.logits(maps, places, places[6:8], 0.0)
    counted = occluder.multiplications
    convolutions = [step for step in occluder.program if step.weights]
    per_picture = sum(step.weights * maps[step.name].shape[2] * maps[step.name].shape[3] for step in convolutions)
    assert counted < 0.6 * per_picture * len(answers)
    hidden = x.clone()
    hidden[..., 80:96, 96:112] = 0
    with torch.no_grad():
        expected = explainer.network(hidden)[0]
    assert torch.allclose(answers[5 * 2], expected, atol=1e-4)
    assert torch.allclose(answers[0], explainer.network(x)[0], atol=1e-4)  # above the part
