"""Grad-CAM++, LayerCAM, ScoreCAM and RISE against the definitions of their papers, written out slowly."""

import math

import numpy as np
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import WHOLE, StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.methods import masked_input
from torch import nn
from torch.nn import functional

SIZE = 24


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU()),
        "body": nn.Sequential(nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.ReLU()),
        "top": nn.Sequential(nn.Flatten(), nn.Linear(288, 128), nn.ReLU()),
    }
    return StagedNetwork(stages, ["stem", "body"], 128, 4).double().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def images():
    x = torch.randn(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x, torch.tensor([2, 0, 3])


def run(network, name, x, target, seeds=(1, 2, 3), batch=5, **parameters):
    return load_methods()[name].run(Explainer(network, batch), x, target, seeds, **parameters)


def close(ours, oracle):
    assert oracle.abs().max() > 0
    assert (ours - oracle).abs().max() <= 1e-9 * oracle.abs().max()


def activation_and_score(network, image, target, layer):
    """Activation of a layer, and the logit as a function of it, one image."""
    cut = network.layer(layer) + 1
    return network.run(image[None], stop=cut), lambda a: network.tail(a, cut)[0, target]


def slow_gradcam_plus_plus(network, image, target, layer):
    """Equations 9 and 19 with the score exp(S): its first three derivatives at every place alone, by autograd.

    Activations are ReLUs, so that S is linear around the point and exp(S) has the derivatives exp(S) times powers.
    """
    activation, score = activation_and_score(network, image, target, layer)
    total = torch.zeros(activation.shape[2:], dtype=activation.dtype)
    logit = score(activation).item()
    for k in range(activation.shape[1]):
        weight = 0.0
        for i in range(activation.shape[2]):
            for j in range(activation.shape[3]):
                t = torch.zeros((), dtype=activation.dtype, requires_grad=True)
                moved = activation.clone()
                moved[0, k, i, j] = activation[0, k, i, j] + t
                first = torch.autograd.grad(torch.exp(score(moved) - logit), t, create_graph=True)[0]
                second = torch.autograd.grad(first, t, create_graph=True)[0] if first.requires_grad else 0 * first
                third = torch.autograd.grad(second, t)[0] if second.requires_grad else 0 * first
                below = 2 * second + activation[0, k].sum() * third
                alpha = (second / below).item() if below != 0 else 0.0
                weight += alpha * max(first.item(), 0.0)
        total += weight * activation[0, k]
    return total.clamp(min=0)


def test_gradcam_plus_plus_is_its_definition(network, images):
    x, target = images
    close(run(network, "GradCAMPlusPlus", x, target)[1, 0], slow_gradcam_plus_plus(network, x[1], target[1], "body"))


def pooled(body):
    torch.manual_seed(4)
    stages = {"body": body, "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())}
    net = StagedNetwork(stages, ["body"], 6, 4).double().eval().requires_grad_(False)
    net.head.weight.data.abs_()
    return net


def test_gradcam_plus_plus_is_gradcam_where_every_channel_holds_as_much(images):
    """Before a global pooling the gradient of a channel is one number w: w_k = places x w / (2 + w sum A)."""

    class AsMuch(nn.Module):
        def forward(self, x):
            y = self.conv(x).relu()
            return y / y.sum((2, 3), keepdim=True) * 9

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, stride=2)

    x, target = images
    net = pooled(AsMuch())
    net.head.weight.data[:] = 0.5
    plus, plain = run(net, "GradCAMPlusPlus", x, target), run(net, "GradCam", x, target, relu=True)
    places = plain.shape[2] * plain.shape[3]
    close(plus, plain * places / (2 + 0.5 / places * 9))


def test_gradcam_plus_plus_is_bounded_where_activations_are_below_zero(images):
    """There the paper's denominator 2 + g sum A can be 0."""

    class Balanced(nn.Module):
        def forward(self, x):
            y = torch.zeros(len(x), 6, 2, 2, dtype=x.dtype)
            y[:, :, 0, 0], y[:, :, 0, 1] = 1, -1 - 16  # g = w / 4; with w = .5: 2 + .125 x (-16) = 0
            return y + 0 * x.mean()

    net = pooled(Balanced())
    net.head.weight.data[:] = 0.5
    out = run(net, "GradCAMPlusPlus", *images)
    each = 6 * 4 * 0.125 / (2 + 0.125)
    assert out[0, 0].numpy() == pytest.approx(np.array([[each, 0], [0, 0]]))


@pytest.mark.parametrize("layer", ["", "stem"])
def test_layercam_is_its_definition(network, images, layer):
    x, target = images
    ours = run(network, "LayerCAM", x, target, layer=layer)
    for image, chosen, cam in zip(x, target, ours, strict=True):
        activation, score = activation_and_score(network, image, chosen, layer)
        activation.requires_grad_(True)
        gradient = torch.autograd.grad(score(activation), activation)[0][0]
        slow = torch.zeros_like(cam[0])
        for weights, values in zip(gradient, activation.detach()[0], strict=True):
            slow += torch.where(weights > 0, weights, 0) * values
        close(cam[0], slow.clamp(min=0))


def test_layercam_is_hirescam_where_no_gradient_is_below_zero(images):
    net = pooled(nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU()))
    close(run(net, "LayerCAM", *images), run(net, "HiResCAM", *images, relu=True))


def slow_scorecam(network, image, target, layer, weight):
    """Algorithm 1 of Wang et al. (2020), or the class's probability as the weight, channel by channel."""
    activation, _ = activation_and_score(network, image, target, layer)
    with torch.no_grad():
        kept, increases, probabilities = [], [], []
        bare = network(torch.zeros_like(image)[None])[0, target]
        for channel in activation[0]:
            large = functional.interpolate(channel[None, None], (SIZE, SIZE), mode="bilinear", align_corners=False)
            if large.max() == large.min():
                continue
            mask = (large - large.min()) / (large.max() - large.min())
            logits = network(image[None] * mask)[0]
            kept.append(channel)
            increases.append((logits[target] - bare).item())
            probabilities.append(logits.softmax(0)[target].item())
    shares = [math.exp(each) / sum(map(math.exp, increases)) for each in increases]
    weights = shares if weight == "channels" else probabilities
    return sum(w * channel for w, channel in zip(weights, kept, strict=True)).clamp(min=0)


@pytest.mark.parametrize("layer", ["", "stem"])
@pytest.mark.parametrize("weight", ["channels", "probability"])
def test_scorecam_is_its_definition(network, images, layer, weight):
    x, target = images
    ours = run(network, "ScoreCAM", x, target, layer=layer, weight=weight)
    for image, chosen, cam in zip(x, target, ours, strict=True):
        close(cam[0], slow_scorecam(network, image, chosen, layer, weight))


def test_scorecam_of_few_channels_takes_those_that_vary_most(network, images):
    x, target = images
    activation = network.run(x[:1], stop=2)[0]
    kept = activation.var((1, 2)).argsort(descending=True)[:2].tolist()
    one = run(network, "ScoreCAM", x[:1], target[:1], channels=2, weight="probability")
    scores = []
    for k in kept:
        mask = masked_input.layer_masks(activation[[k]], (SIZE, SIZE), WHOLE)
        scores.append(network(x[:1] * mask[:, None]).softmax(1)[0, target[0]])
    close(one[0, 0], (scores[0] * activation[kept[0]] + scores[1] * activation[kept[1]]).relu())


def test_scorecam_of_constant_channels_is_empty(images):
    class Flat(nn.Module):
        def forward(self, x):
            return x.new_ones(len(x), 6, 4, 4)

    assert not run(pooled(Flat()), "ScoreCAM", *images).any()


def slow_mask(grid, shift, size):
    """Bilinear growth by hand: the value at a pixel's middle, between the middles of the four nearest cells."""
    cells = len(grid)
    side = -(-size // cells)
    whole = (cells + 1) * side
    mask = np.zeros((size, size))
    for y in range(size):
        for x in range(size):
            at = [(place + offset + 0.5) * cells / whole - 0.5 for place, offset in ((y, shift[0]), (x, shift[1]))]
            low = [math.floor(max(value, 0)) for value in at]
            part = [max(value, 0) - floor for value, floor in zip(at, low, strict=True)]
            for dy in (0, 1):
                for dx in (0, 1):
                    weight = abs(1 - dy - part[0]) * abs(1 - dx - part[1])
                    mask[y, x] += weight * grid[min(low[0] + dy, cells - 1), min(low[1] + dx, cells - 1)]
    return mask


@pytest.mark.parametrize("score", ["probability", "logit"])
def test_rise_is_its_definition(network, images, score):
    x, target = images
    ours = run(network, "RISE", x, target, seeds=[5, 6, 7], masks=9, cells=5, share=0.4, score=score)
    grid, shifts = masked_input.random_masks(6, 9, 5, 0.4, (SIZE, SIZE))
    assert shifts.min() >= 0 and shifts.max() < 5  # a cell has ceil(24 / 5) pixels
    total = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    for cells, shift in zip(grid.numpy(), shifts.tolist(), strict=True):
        mask = torch.from_numpy(slow_mask(cells, shift, SIZE))
        with torch.no_grad():
            logits = network(x[1:2] * mask)[0]
        total += (logits.softmax(0) if score == "probability" else logits)[target[1]] * mask
    assert (ours[1, 0] - total / 9 / 0.4).abs().max() < 1e-6 * ours[1].abs().max()  # the grids are single precision


class Weighted(nn.Module):
    """f(x) = sum of w x."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def forward(self, x):
        return (x * self.weights).flatten(1).sum(1, keepdim=True)


def exact_rise(products, cells, share):
    """The expectation of RISE of a linear network: sum over places of w x E[M M'] / share, over every shift."""
    size = len(products)
    side = -(-size // cells)
    second = 0
    for y in range(side):
        for x in range(side):
            units = torch.eye(cells * cells, dtype=torch.float64).view(-1, cells, cells)
            grown = masked_input.grown(units, torch.tensor([[y, x]] * cells**2), (size, size)).flatten(1)
            second = second + share * (1 - share) * grown.T @ grown + share**2
    return (second / side**2 @ products.flatten() / share).view(size, size)


@pytest.mark.parametrize("centred", [False, True])
def test_rise_of_a_linear_network_converges_to_its_expectation(centred):
    """Within five standard errors of the draws at every pixel."""
    random = torch.Generator().manual_seed(3)
    weights = torch.randn(1, 12, 12, generator=random, dtype=torch.float64)
    net = StagedNetwork({"sum": Weighted(weights)}, [], 1, 1).double()
    net.head.weight.data.fill_(1)
    net.head.bias.data.zero_()
    x, share, count = torch.ones(1, 1, 12, 12, dtype=torch.float64), 0.4, 3000
    settings = {"masks": count, "cells": 3, "share": share, "score": "logit", "centred": centred}
    ours = run(net.requires_grad_(False).eval(), "RISE", x, torch.tensor([0]), seeds=[8], batch=100, **settings)[0, 0]
    masks = masked_input.grown(*masked_input.random_masks(8, count, 3, share, (12, 12)), (12, 12)).double()
    scores, exact = (masks * weights).sum((1, 2)), exact_rise(weights[0], 3, share)
    if centred:
        scores = (scores - share * weights.sum()) / (1 - share)
        exact = (exact - share * weights.sum()) / (1 - share)
    noise = (scores[:, None, None] * masks / share).std(0) / count**0.5
    assert ((ours - exact).abs() / noise).max() < 5


def test_centred_rise_does_not_move_with_the_level_of_the_score(network, images):
    x, target = images
    raised = StagedNetwork(dict(network.stages), network.spatial, 128, 4).double().eval().requires_grad_(False)
    raised.head.weight.data, raised.head.bias.data = network.head.weight.data, network.head.bias.data + 3
    settings = {"masks": 20, "cells": 4, "score": "logit"}
    plain, higher = (run(net, "RISE", x, target, **settings) for net in (network, raised))
    assert (higher - plain).min() > 1
    centred, same = (run(net, "RISE", x, target, **settings, centred=True) for net in (network, raised))
    close(same, centred)
    with pytest.raises(InputError, match="share must be below 1"):
        run(network, "RISE", x, target, masks=2, share=1.0, centred=True)
