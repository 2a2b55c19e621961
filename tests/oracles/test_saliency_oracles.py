"""The engine's methods against captum on the same weights, and against what must hold for any network."""

import captum.attr
import numpy as np
import pytest
import torch
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from torch import nn

SIZE = 44


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU()),
        "body": nn.Sequential(nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.PReLU(12)),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    }
    net = StagedNetwork(stages, ["stem", "body"], 48, 5).eval()
    return net.requires_grad_(False)


@pytest.fixture(scope="module")
def images():
    x = torch.randn(7, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(7) % 5


def run(network, name, x, target, batch=4, seeds=None, **parameters):
    return load_methods()[name].run(Explainer(network, batch), x, target, seeds or list(range(len(x))), **parameters)


def close(ours, oracle):
    assert (ours - oracle).abs().max() <= 1e-4 * oracle.abs().max()


def test_gradient(network, images):
    x, target = images
    oracle = captum.attr.Saliency(network).attribute(x.clone(), target, abs=False)
    close(run(network, "Gradient", x, target), oracle)


@pytest.mark.parametrize("layer", ["", "stem", "body"])
@pytest.mark.parametrize("relu", [False, True])
def test_gradcam(network, images, layer, relu):
    x, target = images
    stage = network.stages[layer or "body"]
    oracle = captum.attr.LayerGradCam(network, stage).attribute(x, target, relu_attributions=relu)
    close(run(network, "GradCam", x, target, layer=layer, relu=relu), oracle)
    up = captum.attr.LayerAttribution.interpolate(oracle, (SIZE, SIZE), "bicubic")
    ours = torch.from_numpy(channel_sums(run(network, "GradCam", x, target, layer=layer, relu=relu), SIZE))
    close(ours[:, 1], up.abs().sum(1))


@pytest.mark.parametrize(("window", "stride"), [(15, 8), (10, 10), (7, 3), (SIZE, 5)])
def test_occlusion(network, images, window, stride):
    x, target = images
    oracle = captum.attr.Occlusion(network)
    for i in range(2):
        one = oracle.attribute(
            x[i : i + 1], (3, window, window), (3, stride, stride), target=target[i : i + 1], baselines=0.25
        )
        ours = run(network, "Occlusion", x[i : i + 1], target[i : i + 1], window=window, stride=stride, baseline=0.25)
        close(ours, one)


def test_smoothgrad_is_the_mean_gradient_over_seeded_noise(network, images):
    x, target = images
    close(run(network, "SmoothGrad", x, target, samples=1), run(network, "Gradient", x, target))
    ours = run(network, "SmoothGrad", x[:1], target[:1], seeds=[9], samples=4, noise=0.2)
    draws = torch.randn((3, *x.shape[1:]), generator=torch.Generator().manual_seed(9))
    copies = torch.cat([x[:1], x[:1] + 0.2 * (x[0].max() - x[0].min()) * draws])
    close(ours, captum.attr.Saliency(network).attribute(copies, target[:1], abs=False).mean(0, keepdim=True))


@pytest.mark.parametrize("name", sorted(name for name, entry in load_methods().items() if not entry.takes))
def test_results_do_not_depend_on_batch_size_or_order(network, images, name):
    """Those that are given faces: test_region_oracles.py."""
    x, target = images
    seeds, few = [11, 12, 13, 14, 15, 16, 17], {"masks": 40} if name == "RISE" else {}
    whole = run(network, name, x, target, batch=64, seeds=seeds, **few)
    close(run(network, name, x, target, batch=1, seeds=seeds, **few), whole)
    backwards = run(network, name, x.flip(0), target.flip(0), batch=3, seeds=seeds[::-1], **few)
    close(backwards.flip(0), whole)


PLANTED = ["Gradient", "Saliency", "SmoothGrad", "InputXGradient", "IntegratedGradients", "FullGrad", "Occlusion"]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_dependence_on_one_pixel_is_found(name):
    class OnePixel(nn.Module):
        def forward(self, x):
            return torch.stack([x[:, 1, 20, 30], -x[:, 1, 20, 30]], 1)

    net = StagedNetwork({"pixel": OnePixel()}, ["pixel"], 2, 2)
    net.head.weight.data = torch.eye(2)
    net.head.bias.data.zero_()
    parameters = {"window": 1, "stride": 1} if name == "Occlusion" else {}
    x = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2)) + 1
    maps = channel_sums(run(net.requires_grad_(False).eval(), name, x, torch.tensor([0, 0]), **parameters), SIZE)
    for one in maps[:, 1]:
        assert np.unravel_index(one.argmax(), one.shape) == (20, 30)
        assert one.sum() == pytest.approx(one.max(), rel=1e-5)


def test_channel_sums_keep_sign_and_absolute_value():
    attribution = torch.tensor([1.0, -3.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    sums = channel_sums(attribution, 4)
    assert sums.shape == (1, 2, 4, 4)
    assert (sums[0, 0] == -1).all()
    assert (sums[0, 1] == 5).all()


def test_preprocess_orders_and_scales_channels():
    crop = np.zeros((1, 2, 2, 3), np.uint8) + np.array([10, 20, 30], np.uint8)
    x = Preprocess(2, "bgr", (1.0, 2.0, 3.0), (1.0, 1.0, 2.0))(crop)
    assert x[0, :, 0, 0].tolist() == [29.0, 18.0, 3.5]
    with pytest.raises(ValueError, match="given to a network for 4 px"):
        Preprocess(4, "rgb", (0.0,) * 3, (1.0,) * 3)(crop)
