"""Layer-wise relevance and its kin against zennit, one image at a time on the same weights, and against theory."""

import copy

import pytest
import torch
import torchvision
import zennit.composites
from gestalt_regions.models.architectures import arcface, torchvision_resnet
from gestalt_regions.models.network import StagedNetwork
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
CASES = [
    (name, variant) for name in PEERS for variant in VARIANTS if (name, variant) != ("ExcitationBackprop", "canonized")
]


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


def staged(network):
    """Any network as one with a single stage, which gives the logits."""
    whole = StagedNetwork({"all": network}, (), CLASSES, CLASSES)
    whole.add_module("head", nn.Identity())
    return whole.eval()


def run(network, name, x, target, batch=8, **parameters):
    network = network if isinstance(network, StagedNetwork) else staged(network)
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


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_relevance_is_zennits_on_a_torchvision_resnet(resnet, name, variant):
    x, target = images(48)
    ours = run(resnet, name, x, target, variant=variant)
    oracle = peer(resnet, lambda: PEERS[name](canonizers=canonizers(name, variant)), x, target)
    assert deviation(ours, oracle) < 1e-4


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_relevance_is_zennits_on_bottlenecks_in_double_precision(bottlenecks, name, variant):
    network, (x, target) = copy.deepcopy(bottlenecks).double(), images(33, 2)
    ours = run(network, name, x.double(), target, variant=variant)
    oracle = peer(network, lambda: PEERS[name](canonizers=canonizers(name, variant)), x.double(), target)
    assert deviation(ours, oracle) < 1e-8


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_zennits_own_merging_differs_by_its_forgotten_eps_alone(resnet, name, variant):
    x, target = images(48)
    oracle = peer(resnet, lambda: PEERS[name](canonizers=canonizers(name, variant, exact=False)), x, target)
    ours = run(resnet, name, x, target, variant=variant)
    assert deviation(ours, oracle) < 5e-3
    pair = torch.stack([ours.flatten(), oracle.flatten()]).double()
    assert torch.corrcoef(pair)[0, 1] > 0.99999


def handed_down(parts, probability):
    """Winning probabilities of the inputs of one layer of units: each unit picks in proportion to its positive x w.

    parts: (x, weight, stride, padding) of each convolution whose outputs are added; weight None: x itself is added.
    """
    sides = [
        (x.clamp(**sign), None if weight is None else weight.clamp(**sign), stride, padding)
        for x, weight, stride, padding in parts
        for sign in ({"min": 0}, {"max": 0})
        if weight is not None or "min" in sign
    ]
    z = [x if w is None else nn.functional.conv2d(x, w, None, s, p) for x, w, s, p in sides]
    total = sum(z)
    each = torch.where(total > 0, probability / total.where(total > 0, torch.ones_like(total)), 0)
    back = [x * (each if w is None else nn.grad.conv2d_input(x.shape, w, each, s, p)) for x, w, s, p in sides]
    inputs = iter(back)
    return [next(inputs) if weight is None else next(inputs) + next(inputs) for _, weight, _, _ in parts]


def winning_probabilities(network, x, target):
    """Excitation Backprop of a torchvision ResNet of basic blocks, written out after Zhang et al. without autograd."""

    def merge(conv, norm):
        return nn.utils.fusion.fuse_conv_bn_eval(conv, norm)

    stem = merge(network.conv1, network.bn1)
    first = stem(x).relu()
    pooled, places = nn.functional.max_pool2d(first, 3, 2, 1, return_indices=True)
    h, walked = pooled, []
    for block in [b for layer in (network.layer1, network.layer2, network.layer3, network.layer4) for b in layer]:
        one, two = merge(block.conv1, block.bn1), merge(block.conv2, block.bn2)
        skip = merge(*block.downsample) if block.downsample else None
        middle = one(h).relu()
        walked.append((h, middle, one, two, skip))
        h = (two(middle) + (skip(h) if skip else h)).relu()
    mean = h.mean((2, 3), keepdim=True)
    weight = network.fc.weight[target].clamp(min=0)[:, :, None, None]
    probability = mean * weight / (mean * weight).sum(1, keepdim=True)
    probability = probability * h / h.sum((2, 3), keepdim=True).clamp(min=1e-30)
    for h, middle, one, two, skip in reversed(walked):
        way = (h, skip.weight, skip.stride, skip.padding) if skip else (h, None, 1, 0)
        inner, beside = handed_down([(middle, two.weight, two.stride, two.padding), way], probability)
        probability = beside + handed_down([(h, one.weight, one.stride, one.padding)], inner)[0]
    unpooled = torch.zeros_like(first).flatten(2)
    unpooled.scatter_add_(2, places.flatten(2), probability.flatten(2))
    return handed_down([(x, stem.weight, stem.stride, stem.padding)], unpooled.view_as(first))[0]


def test_excitation_backprop_is_the_paper_written_out(resnet):
    network, (x, target) = copy.deepcopy(resnet).double(), images(48)
    ours, oracle = (
        run(network, "ExcitationBackprop", x.double(), target),
        winning_probabilities(network, x.double(), target),
    )
    assert deviation(ours, oracle) < 1e-4
    assert (oracle.sum((1, 2, 3)) > 0.9).all()


class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.BatchNorm2d(8), nn.PReLU(8)]
        self.layers = nn.Sequential(*layers, nn.AvgPool2d(4), nn.Flatten(), nn.Linear(8 * 9, CLASSES))

    def forward(self, x):
        return self.layers(x)


def test_excitation_backprop_is_zennits_where_nothing_is_added():
    """Without residual sums the paper's rule is zennit's composite with BatchNorm merged and biases set to zero."""
    torch.manual_seed(0)
    network, (x, target) = lively(Chain()).double(), images(24)
    composite = zennit.composites.ExcitationBackprop(
        layer_map=[((nn.PReLU,), zennit.composites.Pass())], zero_params=["bias"], canonizers=[ExactMerge()]
    )
    oracle = peer(network, lambda: composite, x.double(), target)
    assert deviation(run(network, "ExcitationBackprop", x.double(), target), oracle) < 1e-8


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
        for name, variant in CASES
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
    canonizer = [] if name == "ExcitationBackprop" else [ExactMerge()]
    ours = run(own, name, x, target, variant=variant)
    oracle = peer(network, lambda: PEERS[name](canonizers=canonizer), x, target)
    assert deviation(ours, oracle) < 1e-8


@pytest.mark.parametrize("name", ["GuidedBackprop", "DeconvNet"])
def test_rectifier_rules_are_zennits(name):
    torch.manual_seed(0)
    network, (x, target) = lively(torchvision_resnet.build(CLASSES, 0.0, "", {})[0]), images(48)
    assert deviation(run(network, name, x, target), peer(network, getattr(zennit.composites, name), x, target)) < 1e-4
