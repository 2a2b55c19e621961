"""Methods that change or collect the backward pass, against captum image by image and their own theory."""

import captum.attr
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.propagation.changed_backward import Rectifiers
from torch import nn
from torch.nn import functional

SIZE = 36


class Block(nn.Module):
    """A residual block whose one in-place ReLU serves three times, once by its name and once as a function."""

    def __init__(self, channels, act):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), act

    def forward(self, x):
        y = self.act(self.norm(self.conv(x)))
        return self.act(self.norm(self.conv(y)) + x)


class Functional(nn.Module):
    """Activations without modules; the in-place one is used for its effect alone."""

    def forward(self, x):
        x = functional.relu6(x - 0.1) + x.relu()
        functional.relu_(x)
        return functional.leaky_relu(x - 0.3, 0.2)


def build(act, seed=0):
    """A small residual network; `act()` makes its activations. Its BatchNorm layers are not trivial."""
    torch.manual_seed(seed)
    shared = act()
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), act(), nn.MaxPool2d(3, 2, 1)),
        "body": nn.Sequential(Block(8, shared), Block(8, shared), nn.Conv2d(8, 8, 3, stride=2)),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.BatchNorm1d(32)),
    }
    net = StagedNetwork(stages, ["stem", "body"], 32, 4, 0.5)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for values in (module.weight, module.bias, module.running_mean):
                values.data = torch.randn_like(values) / 2 + (values is module.weight)
            module.running_var.uniform_(0.5, 2)
    return net.eval().requires_grad_(False)


def prelu():
    module = nn.PReLU(8)
    module.weight.data = torch.linspace(-0.2, 0.6, 8)
    return module


ACTIVATIONS = {
    "relu": nn.ReLU,
    "relu_inplace": lambda: nn.ReLU(inplace=True),
    "relu6": lambda: nn.ReLU6(inplace=True),
    "leaky": lambda: nn.LeakyReLU(0.1),
    "prelu": prelu,
    "functional": Functional,
}


@pytest.fixture(scope="module", params=sorted(ACTIVATIONS))
def any_network(request):
    return build(ACTIVATIONS[request.param])


class Separate(nn.Module):
    """`Block` with a ReLU module of its own for every use: captum's hooks want that."""

    def __init__(self, block):
        super().__init__()
        self.conv, self.norm, self.first, self.second = block.conv, block.norm, nn.ReLU(), nn.ReLU()

    def forward(self, x):
        y = self.first(self.norm(self.conv(x)))
        return self.second(self.norm(self.conv(y)) + x)


@pytest.fixture(scope="module")
def pair():
    """The same ReLU network as we are given it (one shared in-place ReLU) and as captum wants it."""
    ours, theirs = (build(ACTIVATIONS[name]) for name in ("relu_inplace", "relu"))
    theirs.stages["body"][0], theirs.stages["body"][1] = (
        Separate(theirs.stages["body"][0]),
        Separate(theirs.stages["body"][1]),
    )
    return ours, theirs.eval()


@pytest.fixture(scope="module")
def images():
    x = torch.randn(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(5) % 4


def run(network, name, x, target, batch=3, **parameters):
    return load_methods()[name].run(Explainer(network, batch), x, target, list(range(len(x))), **parameters)


def close(ours, oracle, tolerance=1e-4):
    assert oracle.abs().max() > 0
    assert (ours - oracle).abs().max() <= tolerance * oracle.abs().max()


def one_by_one(attribute, x, target):
    return torch.cat([attribute(x[i : i + 1].clone(), target=target[i : i + 1]) for i in range(len(x))]).detach()


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
@pytest.mark.parametrize(
    ("name", "peer"), [("GuidedBackprop", captum.attr.GuidedBackprop), ("DeconvNet", captum.attr.Deconvolution)]
)
def test_rectifier_rules_are_captums(pair, images, name, peer):
    ours = run(pair[0], name, *images)
    close(ours, one_by_one(peer(pair[1]).attribute, *images))
    gradient = run(pair[0], "Gradient", *images)
    assert (ours - gradient).abs().max() > 0.1 * gradient.abs().max()


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
@pytest.mark.parametrize("layer", ["", "stem"])
def test_guided_gradcam_is_captums(pair, images, layer):
    peer = captum.attr.GuidedGradCam(pair[1], pair[1].stages[layer or "body"])
    close(run(pair[0], "GuidedGradCam", *images, layer=layer), one_by_one(peer.attribute, *images))


def test_integrated_gradients_are_captums_right_sum(pair, images):
    x, target = images
    ours = run(pair[0], "IntegratedGradients", x, target, baseline=0.3)

    def attribute(one, target):
        peer = captum.attr.IntegratedGradients(pair[1])
        return peer.attribute(one, torch.full_like(one, 0.3), target=target, n_steps=20, method="riemann_right")

    close(ours, one_by_one(attribute, x, target))


def test_integrated_gradients_sum_to_the_change_of_the_logit(any_network, images):
    x, target = images
    score = Explainer(any_network, 8).score
    change = score(x, target) - score(torch.zeros_like(x), target)
    lacking = [
        (run(any_network, "IntegratedGradients", x, target, batch=64, samples=n).sum((1, 2, 3)) - change).abs().max()
        for n in (5, 400)
    ]
    assert lacking[1] < 0.02 * change.abs().max()
    assert lacking[1] < lacking[0]


def test_saliency_hirescam_and_input_times_gradient_are_captums(pair, images):
    x, target = images
    absolute = one_by_one(captum.attr.Saliency(pair[1]).attribute, x, target)
    close(run(pair[0], "Saliency", x, target), absolute.amax(1, keepdim=True))
    close(
        run(pair[0], "InputXGradient", x, target), one_by_one(captum.attr.InputXGradient(pair[1]).attribute, x, target)
    )
    for layer in ("stem", "body"):
        peer = captum.attr.LayerGradientXActivation(pair[1], pair[1].stages[layer])
        oracle = one_by_one(peer.attribute, x, target).sum(1, keepdim=True)
        close(run(pair[0], "HiResCAM", x, target, layer=layer), oracle)
        close(run(pair[0], "HiResCAM", x, target, layer=layer, relu=True), oracle.relu())


@pytest.mark.parametrize("rule", ["gradient", "guided", "deconvnet"])
def test_rules_leave_the_forward_pass_as_it_is_and_are_undone(any_network, images, rule):
    x, target = images
    scores, gradient = any_network(x), run(any_network, "Gradient", x, target)
    with Rectifiers(rule) as rectifiers:
        assert (any_network(x) - scores).abs().max() <= 1e-6 * scores.abs().max()
        changed = run(any_network, "Gradient", x, target)
        assert rectifiers.count >= 10
    if rule == "gradient":
        close(changed, gradient, 1e-5)
    else:
        assert (changed - gradient).abs().max() > 0.1 * gradient.abs().max()
    assert torch.equal(run(any_network, "Gradient", x, target), gradient)
    with pytest.raises(ZeroDivisionError), Rectifiers(rule):
        raise ZeroDivisionError
    assert torch.equal(run(any_network, "Gradient", x, target), gradient)


@pytest.mark.parametrize("name", ["GuidedBackprop", "DeconvNet"])
def test_prelu_is_two_relus(images, name):
    """The rule on PReLU is the same as the rule on a network that spells PReLU out with two ReLU modules."""

    class Split(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.up, self.down = prelu().weight.data.view(1, -1, 1, 1), nn.ReLU(), nn.ReLU()

        def forward(self, x):
            return self.up(x) - self.a * self.down(-x)

    x, target = images
    close(run(build(prelu), name, x, target), run(build(Split), name, x, target), 1e-5)
    z = torch.tensor([[-2.0, -2.0, 3.0, 3.0]], requires_grad=True)
    with Rectifiers("guided" if name == "GuidedBackprop" else "deconvnet"):
        y = functional.prelu(z.view(4, 1), torch.tensor([0.5]))
    (grad,) = torch.autograd.grad(y, z, torch.tensor([[1.0], [-1.0], [1.0], [-1.0]]))
    expected = [0.0, -0.5, 1.0, 0.0] if name == "GuidedBackprop" else [1.0, -0.5, 1.0, -0.5]
    assert grad[0].tolist() == expected


@pytest.mark.parametrize("name", ["GuidedBackprop", "DeconvNet", "GuidedGradCam"])
@pytest.mark.parametrize("act", [nn.Identity, nn.SiLU, lambda: nn.Hardtanh(-2, 2)])
def test_a_network_without_rectifiers_is_refused(images, name, act):
    with pytest.raises(InputError, match="needs a network with ReLU"):
        run(build(act), name, *images)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="allowed: gradient, guided, deconvnet"):
        Rectifiers("lrp")


def test_fullgrad_sums_to_the_logit(any_network, images):
    x, target = images
    if any(isinstance(module, Functional) for module in any_network.modules()):
        with pytest.raises(InputError, match="not complete"):  # constants outside of layers: x - 0.1, x - 0.3
            run(any_network, "FullGrad", x, target)
        return
    logit = any_network(x).gather(1, target[:, None])[:, 0]
    total = run(any_network, "FullGrad", x, target).sum((1, 2, 3))
    assert (total - logit).abs().max() <= 1e-4 * logit.abs().max()
    product = run(any_network, "InputXGradient", x, target).sum((1, 2, 3))
    assert (product - logit).abs().max() > 0.1 * logit.abs().max()


def test_fullgrad_refuses_what_it_does_not_know(images):
    with pytest.raises(InputError, match="not complete"):
        run(build(nn.SiLU), "FullGrad", *images)
    with pytest.raises(InputError, match="running statistics"):
        run(build(nn.ReLU).train(), "FullGrad", *images)


def test_fullgrad_puts_a_bias_where_its_unit_is():
    conv = nn.Conv2d(3, 1, 3, padding=1)
    net = StagedNetwork({"conv": conv, "corner": nn.Sequential(nn.ReLU(), Corner())}, ["conv"], 1, 1)
    conv.weight.data.zero_()
    conv.bias.data.fill_(2)
    net.head.weight.data.fill_(3)
    net.head.bias.data.zero_()
    out = run(net.eval().requires_grad_(False), "FullGrad", torch.randn(2, 3, 9, 9), torch.zeros(2, dtype=torch.long))
    assert out[:, 0, 4, 6].tolist() == [6, 6]
    assert out.abs().sum() == 12


class Corner(nn.Module):
    def forward(self, x):
        return x[:, :, 4, 6]


@pytest.mark.parametrize("layer", ["", "stem"])
@pytest.mark.parametrize("relu", [False, True])
def test_embedding_gradcam_is_captums_for_the_squared_length(any_network, images, layer, relu):
    x, _ = images

    def half_squared_length(x):
        return any_network.run(x).square().sum(1) / 2

    for parameter in any_network.parameters():
        parameter.requires_grad_(True)  # captum wants a gradient at the layer
    peer = captum.attr.LayerGradCam(half_squared_length, any_network.stages[layer or "body"])
    oracle = peer.attribute(x, relu_attributions=relu).detach()
    any_network.requires_grad_(False)
    ours = run(any_network, "EmbeddingGradCam", x, torch.zeros(len(x), dtype=torch.long), layer=layer, relu=relu)
    close(ours, oracle)
    assert torch.equal(ours, run(any_network, "EmbeddingGradCam", x, torch.ones(len(x)).long(), layer=layer, relu=relu))
