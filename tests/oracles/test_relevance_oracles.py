"""Layer-wise relevance and its kin against zennit, one image at a time on the same weights, and against theory."""

import copy

import pytest
import torch
import torchvision
import zennit.composites
from gestalt_regions.models.architectures import arcface, torchvision_resnet
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from torch import nn
from zennit.attribution import Gradient
from zennit.canonizers import CompositeCanonizer, SequentialMergeBatchNorm
from zennit.layer import Sum
from zennit.torchvision import ResNetBasicBlockCanonizer, ResNetBottleneckCanonizer, ResNetCanonizer

CLASSES = 6
PEERS = {
    "LRP-EpsilonPlus": zennit.composites.EpsilonPlus,
    "LRP-EpsilonPlusFlat": zennit.composites.EpsilonPlusFlat,
    "LRP-EpsilonAlpha2Beta1": zennit.composites.EpsilonAlpha2Beta1,
    "LRP-EpsilonAlpha2Beta1Flat": zennit.composites.EpsilonAlpha2Beta1Flat,
    "ExcitationBackprop": zennit.composites.ExcitationBackprop,
}
VARIANTS = ("as_published", "canonized")


class ExactMerge(SequentialMergeBatchNorm):
    """zennit 0.5.1 forgets the eps of the BatchNorm it merges, so each merged layer is 5e-6 too small."""

    def register(self, linears, batch_norm):
        super().register(linears, batch_norm)
        self.eps, batch_norm.eps = batch_norm.eps, 0.0

    def remove(self):
        super().remove()
        self.batch_norm.eps = self.eps


def lively(network, seed=0):
    """BatchNorm statistics that are not trivial, evaluation mode, no weight gradients."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return lively(torchvision.models.resnet18(num_classes=CLASSES))


@pytest.fixture(scope="module")
def bottlenecks():
    torch.manual_seed(0)
    layers = {"replace_stride_with_dilation": [False, False, False], "num_classes": CLASSES}
    return lively(torchvision.models.ResNet(torchvision.models.resnet.Bottleneck, [1, 1, 1, 1], **layers))


@pytest.fixture(scope="module")
def mobilefacenet(asset):
    torch.manual_seed(0)
    network, _ = arcface.build(CLASSES, 0.5, asset("arcface_mbf.onnx"), {})
    return network.eval().requires_grad_(False)


def images(size, n=3):
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(1)), torch.arange(n) % CLASSES


def run(network, name, x, target, batch=8, **parameters):
    return load_methods()[name].run(Explainer(network, batch), x, target, list(range(len(x))), **parameters)


def peer(network, composite, x, target):
    maps = []
    for i in range(len(x)):
        with Gradient(copy.deepcopy(network), composite=composite()) as attributor:
            one = x[i : i + 1].clone().requires_grad_(True)
            maps.append(attributor(one, torch.eye(CLASSES, dtype=x.dtype)[target[i : i + 1]])[1].detach())
    return torch.cat(maps)


def deviation(ours, oracle):
    """Largest difference in an image over the largest value in that image, the worst image."""
    assert oracle.abs().amax((1, 2, 3)).min() > 0
    return ((ours - oracle).abs().amax((1, 2, 3)) / oracle.abs().amax((1, 2, 3))).max().item()


def canonizers(name, variant, exact=True):
    if variant == "canonized":
        blocks = (ResNetBottleneckCanonizer(), ResNetBasicBlockCanonizer())
        return [CompositeCanonizer((ExactMerge(), *blocks)) if exact else ResNetCanonizer()]
    return [] if name == "ExcitationBackprop" else [ExactMerge() if exact else SequentialMergeBatchNorm()]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", PEERS)
def test_relevance_is_zennits_on_a_torchvision_resnet(resnet, name, variant):
    x, target = images(48)
    ours = run(resnet, name, x, target, variant=variant)
    oracle = peer(resnet, lambda: PEERS[name](canonizers=canonizers(name, variant)), x, target)
    assert deviation(ours, oracle) < 1e-4


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", PEERS)
def test_relevance_is_zennits_on_bottlenecks_in_double_precision(bottlenecks, name, variant):
    network, (x, target) = copy.deepcopy(bottlenecks).double(), images(33, 2)
    ours = run(network, name, x.double(), target, variant=variant)
    oracle = peer(network, lambda: PEERS[name](canonizers=canonizers(name, variant)), x.double(), target)
    assert deviation(ours, oracle) < 1e-8


@pytest.mark.parametrize("name", PEERS)
def test_zennits_own_merging_differs_by_its_forgotten_eps_alone(resnet, name):
    x, target = images(48)
    for variant in VARIANTS:
        oracle = peer(resnet, lambda v=variant: PEERS[name](canonizers=canonizers(name, v, exact=False)), x, target)
        ours = run(resnet, name, x, target, variant=variant)
        assert deviation(ours, oracle) < 5e-3
        pair = torch.stack([ours.flatten(), oracle.flatten()]).double()
        assert torch.corrcoef(pair)[0, 1] > 0.99999


class Stacked(nn.Module):
    """A residual sum as zennit wants it."""

    def __init__(self):
        super().__init__()
        self.sum = Sum()

    def forward(self, a, b):
        return self.sum(torch.stack([a, b], -1))


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        pytest.param(name, variant, marks=[] if name == "LRP-EpsilonPlus" else pytest.mark.slow)
        for name in PEERS
        for variant in VARIANTS
    ],
)
def test_relevance_is_zennits_on_arcface(mobilefacenet, name, variant):
    """BatchNorm after the dense layer, PReLU, depthwise convolutions, sums as modules of the converter.

    In double precision: over fifty layers the canonized maps nearly cancel, and single precision leaves 5e-4.
    """
    x, target = images(112, 1)
    x, network = x.double(), copy.deepcopy(mobilefacenet).double()
    own = copy.deepcopy(network)
    if variant == "canonized":
        for stage in network.stages.values():
            for key, module in stage.named_children():
                if type(module).__name__ == "OnnxBinaryMathOperation":
                    setattr(stage, key, Stacked())
    canonizer = [] if name == "ExcitationBackprop" and variant == "as_published" else [ExactMerge()]
    layers = []
    if name == "ExcitationBackprop" and variant == "canonized":
        layers = [((nn.PReLU,), zennit.composites.Pass())]
    ours = run(own, name, x, target, variant=variant)
    oracle = peer(network, lambda: PEERS[name](layer_map=layers, canonizers=canonizer), x, target)
    assert deviation(ours, oracle) < 1e-8


@pytest.mark.parametrize("name", ["GuidedBackprop", "DeconvNet"])
def test_rectifier_rules_are_zennits(name):
    torch.manual_seed(0)
    network, (x, target) = lively(torchvision_resnet.build(CLASSES, 0.0, "", {})[0]), images(48)
    assert deviation(run(network, name, x, target), peer(network, getattr(zennit.composites, name), x, target)) < 1e-4
