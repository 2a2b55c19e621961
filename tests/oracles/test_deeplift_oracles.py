"""DeepLIFT against captum, one image at a time on the same weights, and against its completeness."""

import copy
import types

import captum.attr
import pytest
import torch
import torchvision
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.architectures import arcface
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.propagation.deeplift_rescale import Noted, Rescale
from torch import nn

CLASSES = 5
pytestmark = pytest.mark.filterwarnings("ignore:Setting forward, backward hooks", "ignore:Input Tensor 0 did not")


def lively(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network.eval().requires_grad_(False)


def staged(net):
    """A torchvision ResNet as the workflow holds it."""
    stages = {"stem": nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)}
    stages |= {f"layer{i}": getattr(net, f"layer{i}") for i in range(1, 5)}
    stages["pool"] = nn.Sequential(net.avgpool, nn.Flatten())
    network = StagedNetwork(stages, ["stem", "layer1", "layer2", "layer3", "layer4"], 512, CLASSES)
    network.head = net.fc
    return network.eval().requires_grad_(False)


def separate(net):
    """captum wants a module of its own for every activation."""
    net = copy.deepcopy(net)
    for block in net.modules():
        if isinstance(block, torchvision.models.resnet.BasicBlock):
            block.first, block.second = nn.ReLU(), nn.ReLU()

            def forward(self, x):
                y = self.bn2(self.conv2(self.first(self.bn1(self.conv1(x)))))
                return self.second(y + (x if self.downsample is None else self.downsample(x)))

            block.relu, block.forward = nn.Identity(), types.MethodType(forward, block)
    return staged(net).eval()


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return lively(torchvision.models.resnet18(num_classes=CLASSES))


@pytest.fixture(scope="module")
def images():
    x = torch.randn(4, 3, 50, 50, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(4) % CLASSES


def run(network, name, x, target, **parameters):
    return load_methods()[name].run(Explainer(network, 8), x, target, [0] * len(x), **parameters)


def one_by_one(attribute, x, target):
    return torch.cat([attribute(x[i : i + 1].clone(), target=target[i : i + 1]) for i in range(len(x))]).detach()


def deviation(ours, oracle):
    assert oracle.abs().amax((1, 2, 3)).min() > 0
    return ((ours - oracle).abs().amax((1, 2, 3)) / oracle.abs().amax((1, 2, 3))).max().item()


def change(network, x, target, baseline=0.0):
    score = Explainer(network, 8).score
    return score(x, target) - score(torch.full_like(x, baseline), target)


def peer_maps(network, x, target, baseline):
    peer = captum.attr.DeepLift(separate(network))
    return one_by_one(lambda x, target: peer.attribute(x, torch.full_like(x, baseline), target=target), x, target)


@pytest.mark.parametrize("baseline", [0.0, 0.4])
@pytest.mark.parametrize("pool", ["none", "apart", "overlapping"])
def test_deeplift_with_plain_pooling_is_captums(resnet, images, pool, baseline):
    """captum's own rule for max pooling has no effect here: the ReLU before it took its gradient first."""
    net = copy.deepcopy(resnet)
    net.maxpool = {"none": nn.Identity(), "apart": nn.MaxPool2d(2), "overlapping": net.maxpool}[pool]
    ours = run(staged(net), "DeepLIFT", *images, baseline=baseline, pooling="gradient")
    assert deviation(ours, peer_maps(net, *images, baseline)) < 1e-4


@pytest.mark.parametrize("baseline", [0.0, 0.4])
def test_deeplift_with_its_pooling_rule_is_captums_where_captum_applies_it(resnet, images, baseline):
    """A linear layer between ReLU and pooling lets captum's rule act."""
    net = copy.deepcopy(resnet)
    net.maxpool = nn.Sequential(nn.AvgPool2d(1), nn.MaxPool2d(2))
    ours = run(staged(net), "DeepLIFT", *images, baseline=baseline)
    assert deviation(ours, peer_maps(net, *images, baseline)) < 1e-4


def test_the_pooling_rule_is_what_makes_the_sum_right(resnet, images):
    due = change(resnet, *images, 0.4)
    rule, plain = (
        run(staged(resnet), "DeepLIFT", *images, baseline=0.4, pooling=pooling).sum((1, 2, 3))
        for pooling in ("rescale", "gradient")
    )
    assert (rule - due).abs().max() < 1e-4 * due.abs().max()
    assert (plain - due).abs().max() > 0.01 * due.abs().max()


@pytest.mark.parametrize("layer", ["", "layer2"])
def test_layer_deeplift_is_captums(resnet, images, layer):
    theirs = separate(resnet)
    for parameter in theirs.parameters():
        parameter.requires_grad_(True)  # captum hooks the layer's output, which must have a gradient
    peer = captum.attr.LayerDeepLift(theirs, theirs.stages[layer or "layer4"])
    ours = run(staged(resnet), "LayerDeepLIFT", *images, layer=layer)
    assert deviation(ours, one_by_one(peer.attribute, *images)) < 1e-4


@pytest.mark.parametrize("name", ["DeepLIFT", "LayerDeepLIFT"])
@pytest.mark.parametrize("baseline", [0.0, -1.0])
def test_deeplift_on_arcface_sums_to_the_change_of_the_logit(asset, name, baseline):
    """captum does not know PReLU and takes its gradient; with its split into ReLUs the sum is right."""
    torch.manual_seed(0)
    network, _ = arcface.build(CLASSES, 0.5, asset("arcface_mbf.onnx"), {})
    network.eval().requires_grad_(False)
    x, target = torch.randn(3, 3, 112, 112, generator=torch.Generator().manual_seed(2)), torch.tensor([0, 3, 1])
    due = change(network, x, target, baseline)
    total = run(network, name, x, target, baseline=baseline).sum((1, 2, 3))
    assert (total - due).abs().max() < 1e-4 * due.abs().max()


def small(act):
    torch.manual_seed(3)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), act(), nn.MaxPool2d(3, 2, ceil_mode=True)),
        "body": nn.Sequential(nn.Conv2d(8, 8, 3), act(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    return StagedNetwork(stages, ["stem"], 8, CLASSES).eval().requires_grad_(False)


ACTIVATIONS = [
    *(nn.ReLU, nn.ReLU6, nn.PReLU, nn.Sigmoid, nn.Tanh, nn.SiLU, nn.GELU, nn.ELU, nn.Hardtanh, nn.Softplus),
    lambda: nn.ReLU(inplace=True),
    lambda: nn.Hardtanh(-0.5, 0.5, inplace=True),
    lambda: nn.LeakyReLU(0.2, inplace=True),
    lambda: nn.SiLU(inplace=True),
]


@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("scale", [1, 20])
def test_deeplift_is_complete_for_every_activation(images, act, scale):
    network, (x, target) = small(act), (scale * images[0], images[1])
    plain = network(x)
    with Noted() as noted:
        network(torch.full_like(x[:1], 0.1))
    with Rescale(noted.inputs):
        assert torch.equal(network(x), plain)
    due = change(network, x, target, 0.1)
    total = run(network, "DeepLIFT", x, target, baseline=0.1).sum((1, 2, 3))
    assert (total - due).abs().max() < 2e-4 * due.abs().max()


def test_prelu_is_its_split_into_two_relus(images):
    class Split(nn.Module):
        def __init__(self):
            super().__init__()
            self.up, self.down = nn.ReLU(), nn.ReLU()

        def forward(self, x):
            return self.up(x) - 0.25 * self.down(-x)

    assert deviation(run(small(nn.PReLU), "DeepLIFT", *images), run(small(Split), "DeepLIFT", *images)) < 1e-5


def test_the_reference_itself_gets_the_gradient_and_no_relevance():
    network, x, target = small(nn.ReLU), torch.full((2, 3, 50, 50), 0.3), torch.tensor([0, 1])
    assert run(network, "DeepLIFT", x, target, baseline=0.3).abs().max() == 0
    x[:, :, 20:30, 20:30] += 1  # most units do not change
    due = change(network, x, target, 0.3)
    assert torch.allclose(run(network, "DeepLIFT", x, target, baseline=0.3).sum((1, 2, 3)), due, rtol=1e-3)


def test_a_product_of_activations_is_refused(images):
    class Gate(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(x)

    with pytest.raises(InputError, match="DeepLIFT has no rule for mul"):
        run(small(Gate), "DeepLIFT", *images)
