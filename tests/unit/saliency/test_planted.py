"""A network that looks at one pixel alone: every method that must find it does, and finds nothing else."""

import numpy as np
import pytest
import torch
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from torch import nn

SIZE, PLACE = 24, (9, 14)
# They weigh a channel as a whole, by its gradients or by the image seen through it: they show wherever it is active.
AVERAGING = {"GradCam", "GradCAMPlusPlus", "EmbeddingGradCam", "ScoreCAM"}
ALONE = {name: method for name, method in load_methods().items() if not method.takes}  # noise has no landmarks
BLIND = {name for name, method in ALONE.items() if method.family == "control"}
SAMPLING = {"RISE"}  # its map is the mean score everywhere, but for noise that falls with the number of masks
FINEST = {"Occlusion": {"window": 1, "stride": 1}}


class Pick(nn.Module):
    def forward(self, x):
        return x[:, :, PLACE[0], PLACE[1]]


@pytest.fixture(params=["plain", "residual"])
def network(request):
    """1 x 1 convolutions (with a BatchNorm, and a residual sum if asked), then the channels of one pixel.

    The weights after it are positive: rules that follow excitation alone rightly show nothing where there is none.
    """
    torch.manual_seed(3)

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.act = nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8), nn.ReLU(inplace=True)

        def forward(self, x):
            y = self.norm(self.conv(x))
            return self.act(y + x if request.param == "residual" else y)

    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.ReLU()),
        "body": Residual(),
        "pick": nn.Sequential(Pick(), nn.Linear(8, 6), nn.PReLU(6)),
    }
    net = StagedNetwork(stages, ["stem", "body"], 6, 3)
    for layer in (stages["pick"][1], net.head):
        layer.weight.data.abs_()
    for norm in (stages["stem"][1], stages["body"].norm):
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.5, 2)
    return net.eval().requires_grad_(False)


@pytest.mark.parametrize("name", sorted(set(ALONE) - AVERAGING - SAMPLING - BLIND))
def test_the_pixel_is_found_and_nothing_else(network, name):
    x, target = torch.rand(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2)) + 0.5, torch.tensor([0, 2, 1])
    out = load_methods()[name].run(Explainer(network, 8), x, target, [1, 2, 3], **FINEST.get(name, {}))
    for one in channel_sums(out.detach(), SIZE)[:, 1]:
        elsewhere = np.delete(one.ravel(), PLACE[0] * SIZE + PLACE[1])
        if name == "FullGrad":  # the biases of the last layers have no place: they are spread evenly over the image
            assert np.ptp(elsewhere) < 1e-6
            assert one[PLACE] > elsewhere.max()
        else:
            assert one[PLACE] > 0
            assert elsewhere.max() <= 1e-6 * one[PLACE]


@pytest.mark.parametrize("name", sorted(AVERAGING))
def test_averaged_gradients_do_not_find_it(network, name):
    """Why HiResCAM exists (Draelos and Carin, 2020): stated here so that a change of it is noticed."""
    x = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2)) + 0.5
    out = load_methods()[name].run(Explainer(network, 8), x, torch.tensor([0]), [1])
    assert (out[0, 0].abs() > 0.1 * out.abs().max()).float().mean() > 0.3


@pytest.mark.parametrize("name", sorted(BLIND))
def test_controls_do_not_know_the_network(network, name):
    x = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2))
    first = load_methods()[name].run(Explainer(network, 8), x, torch.tensor([0, 1]), [1, 2])
    network.head.weight.data.neg_()
    assert torch.equal(load_methods()[name].run(Explainer(network, 8), x, torch.tensor([1, 0]), [1, 2]), first)


def test_rise_finds_it_above_its_noise(network):
    x, target = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2)) + 0.5, torch.tensor([0])
    parameters = {"masks": 400, "cells": 6, "score": "logit", "centred": True}
    out = load_methods()["RISE"].run(Explainer(network, 64), x, target, [1], **parameters)[0, 0]
    found = divmod(int(out.argmax()), SIZE)
    assert max(abs(a - b) for a, b in zip(found, PLACE, strict=True)) <= SIZE // 6  # within a cell
