"""Relevance rules against their formulas, conservation layer by layer, canonizing that changes and leaves nothing."""

import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods, resolve
from gestalt_regions.saliency.propagation.composites import Composite, Relevance, relevance
from gestalt_regions.saliency.propagation.lrp import EPSILON, RULES, Layer, Summed, excitations
from torch import nn
from torch.nn import functional

LRP = [name for name in load_methods() if name.startswith("LRP-")]
CANONIZED = Composite("zplus", "epsilon", merge="both", sums="proportion")


def random_norms(module):
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            for values in (norm.weight, norm.bias, norm.running_mean):
                values.data = torch.randn_like(values) / 2 + (values is norm.weight)
            norm.running_var.uniform_(0.5, 2)
    return module.eval().requires_grad_(False)


class Residual(nn.Module):
    """BatchNorm before and after convolutions, a shared in-place activation, a sum in place."""

    def __init__(self, act):
        super().__init__()
        self.before, self.conv, self.after = nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.point, self.act = nn.Conv2d(6, 6, 1, groups=3), act

    def forward(self, x):
        y = self.act(self.after(self.conv(self.before(x))))
        y = self.point(y)
        y += x
        return self.act(y)


def build(act=lambda: nn.ReLU(inplace=True)):
    torch.manual_seed(5)
    shared = act()
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 6, 3, 2), nn.BatchNorm2d(6), act(), nn.MaxPool2d(3, 2, 1)),
        "body": nn.Sequential(Residual(shared), Residual(shared), nn.AvgPool2d(2, ceil_mode=True)),
        "end": nn.Sequential(nn.BatchNorm2d(6), nn.Dropout(0.4), nn.Flatten(), nn.Linear(96, 10), nn.BatchNorm1d(10)),
    }
    return random_norms(StagedNetwork(stages, ["stem", "body"], 10, 4, 0.3))


@pytest.fixture(scope="module")
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 3, 1])


def by_hand(rule, x, weight, bias, r):
    """The rule written out for a dense layer, z_ij = x_i w_ji, in loops' clothing."""
    z = weight * x[:, None]  # [n, out, in]
    up, down = z.clamp(min=0), z.clamp(max=0)
    if rule == "flat":
        return (r / weight.shape[1]).sum(1, keepdim=True).expand(-1, weight.shape[1])
    if rule == "epsilon":
        total = z.sum(2) + bias
        return (z * (r / (total + EPSILON * total.sign()))[..., None]).sum(1)
    if rule == "excitation":
        return (up * (r / (up.sum(2) + EPSILON))[..., None]).sum(1)
    positive = (up * (r / (up.sum(2) + bias.clamp(min=0) + EPSILON))[..., None]).sum(1)
    if rule == "zplus":
        return positive
    return 2 * positive - (down * (r / (down.sum(2) + bias.clamp(max=0) - EPSILON))[..., None]).sum(1)


@pytest.mark.parametrize("signs", ["both", "positive"])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_rules_are_their_formulas(rule, signs):
    torch.manual_seed(0)
    x, weight, bias, r = torch.randn(3, 7), torch.randn(5, 7), torch.randn(5), torch.randn(3, 5)
    x = x.abs() if signs == "positive" else x
    ours = RULES[rule](Layer(functional.linear, weight, bias[None]), x, r)
    assert torch.allclose(ours, by_hand(rule, x, weight, bias, r), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_conserves_relevance_in_a_layer_without_bias(rule):
    """Where every unit has positive and negative contributions; what the stabiliser takes is far below 1e-4 here."""
    torch.manual_seed(1)
    x, weight = torch.randn(2, 4, 9, 9), torch.randn(5, 4, 3, 3)
    layer = Layer(lambda x, w: torch.conv2d(x, w, None, 2, 1), weight)
    y = layer(x)
    r = torch.rand(y.shape) * (y.abs() > 0.1)  # epsilon divides by the output itself
    assert torch.allclose(RULES[rule](layer, x, r).sum((1, 2, 3)), r.sum((1, 2, 3)), rtol=1e-4)


def test_a_bias_takes_its_share_and_no_more():
    x, weight, bias = torch.tensor([[1.0, 3.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([[4.0]])
    for rule in ("epsilon", "zplus"):
        assert RULES[rule](Layer(functional.linear, weight, bias), x, torch.ones(1, 1)).sum() == pytest.approx(0.5)


def test_alpha_beta_doubles_where_nothing_inhibits():
    """The rule's own gap in conservation: with no negative contribution 2 of 1 is handed down."""
    layer = Layer(functional.linear, torch.ones(1, 2))
    assert RULES["alpha2beta1"](layer, torch.ones(1, 2), torch.ones(1, 1)).sum() == pytest.approx(2, rel=1e-5)


def test_sums_share_in_proportion_and_conserve():
    a, b = torch.tensor([[3.0, -1.0]], requires_grad=True), torch.tensor([[1.0, 4.0]], requires_grad=True)
    shares = torch.autograd.grad(Summed.apply(a, b, a.detach(), b.detach()), (a, b), torch.tensor([[8.0, 3.0]]))
    assert torch.allclose(torch.stack(shares)[:, 0], torch.tensor([[6.0, -1.0], [2.0, 4.0]]), rtol=1e-5)


def test_the_excitations_are_what_the_rule_divides_by():
    torch.manual_seed(0)
    x, weight, bias = torch.randn(3, 7), torch.randn(5, 7), torch.randn(5)
    layer = Layer(functional.linear, weight, bias[None])
    assert torch.allclose(excitations(layer, x), (weight * x[:, None]).clamp(min=0).sum(2))


def test_maps_of_excitation_are_probabilities(images):
    """Biases take nothing, sums hand nothing down twice: a map sums to 1, but for units that no input excites."""
    network, (x, target) = build().double(), images
    network.head.weight.abs_()
    out = load_methods()["ExcitationBackprop"].run(Explainer(network, 8), x.double(), target, [1, 2, 3])
    assert (out >= 0).all()
    assert ((out.sum((1, 2, 3)) > 0.95) & (out.sum((1, 2, 3)) <= 1)).all()


def without_biases(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.bias.zero_()
            module.running_mean.zero_()
        elif getattr(module, "bias", None) is not None:
            module.bias.zero_()
    return network


def test_a_canonized_network_without_biases_conserves_relevance(images, monkeypatch):
    """Layer by layer (z+, epsilon, average pooling), and so in all: merged BatchNorm on either side, sums, max pooling.

    The one exception, of the z+ rule itself: a unit without any positive contribution has nobody to hand relevance to.
    """
    network, (x, target), stranded = without_biases(build()).double(), images, []

    def spied(name, rule):
        def run(layer, x, given):
            handed, lost = rule(layer, x, given), 0
            if name == "zplus":
                positive = sum(
                    layer.run(x.clamp(**side), layer.weight.clamp(**side)) for side in ({"min": 0}, {"max": 0})
                )
                lost = (given * (positive < 1e-9)).flatten(1).sum(1)
            assert torch.allclose(handed.flatten(1).sum(1), given.flatten(1).sum(1) - lost, rtol=1e-3)
            stranded.append(lost)
            return handed

        return run

    for name, rule in list(RULES.items()):
        monkeypatch.setitem(RULES, name, spied(name, rule))
    total = relevance(Explainer(network, 8), x.double(), target, CANONIZED).sum((1, 2, 3))
    assert len(stranded) == 8  # 5 convolutions, 2 dense layers, 1 average pooling
    assert torch.allclose(total + sum(stranded), torch.ones(3).double(), rtol=1e-3)
    assert (sum(stranded).abs() < 0.1).all()


def test_plain_residual_sums_do_not_conserve(images):
    """What the published variant does: both branches of a sum get all of its relevance."""
    network, (x, target) = without_biases(build()).double(), images
    total = relevance(Explainer(network, 8), x.double(), target, Composite("zplus", "epsilon")).sum((1, 2, 3))
    assert ((total - 1).abs() > 0.5).all()


@pytest.mark.parametrize("act", [lambda: nn.ReLU(inplace=True), nn.ReLU6, lambda: nn.PReLU(6), nn.LeakyReLU])
@pytest.mark.parametrize("composite", [CANONIZED, Composite("zplus", "epsilon"), Composite("zplus", "zplus", merge="")])
def test_the_forward_pass_is_the_same_and_everything_is_undone(images, act, composite):
    network, (x, target) = build(act), images
    weights = {key: value.clone() for key, value in network.state_dict().items()}
    scores, gradient = network(x), Explainer(network, 8).gradient(x, target)
    with Relevance(composite):
        assert torch.equal(network(x.clone().requires_grad_(True)).detach(), scores)
    with pytest.raises(ZeroDivisionError), Relevance(composite):
        raise ZeroDivisionError
    relevance(Explainer(network, 8), x, target, composite)
    assert torch.equal(Explainer(network, 8).gradient(x, target), gradient)
    assert all(torch.equal(network.state_dict()[key], value) for key, value in weights.items())


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_merged_layers_compute_what_they_merge(groups):
    """BatchNorm before (its shift is missing in the zero padding) and after a convolution."""
    torch.manual_seed(2)
    conv = nn.Conv2d(6, 12, 3, stride=2, padding=1, groups=groups)
    before, after = random_norms(nn.BatchNorm2d(6)), random_norms(nn.BatchNorm2d(12))
    layer = Layer(
        lambda x, w: torch.conv2d(x, w, None, 2, 1, 1, groups), conv.weight, conv.bias.view(1, -1, 1, 1), groups
    )
    scales = []
    for norm in (before, after):
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        scales.append((scale, norm.bias - norm.running_mean * scale))
    maps = [values.view(1, -1, 1, 1).expand(1, 6, 7, 7) for values in scales[0]]
    x = torch.randn(3, 6, 7, 7)
    assert torch.allclose(layer.after(*maps).then(*scales[1])(x), after(conv(before(x))), atol=1e-5)


def test_merged_layers_are_found_on_either_side(images, monkeypatch):
    """Stem, two in each block, the dense layer between two BatchNorm layers (one through flatten), pooling, head."""
    seen = []

    def spied(rule):
        def run(layer, x, given):
            seen.append((tuple(x.shape[1:]), tuple(getattr(layer.bias, "shape", ()))))
            return rule(layer, x, given)

        return run

    for name, rule in list(RULES.items()):
        monkeypatch.setitem(RULES, name, spied(rule))
    relevance(Explainer(build(), 8), *images, CANONIZED)
    block = [
        ((6, 8, 8), (1, 6, 1, 1)),
        ((6, 8, 8), (1, 6, 8, 8)),
    ]  # the shift before the 3 x 3 is missing at the border
    stem = [((3, 32, 32), (1, 6, 1, 1))]
    assert seen == [((10,), (1, 4)), ((96,), (1, 10)), ((6, 8, 8), ()), *block, *block, *stem]


@pytest.mark.parametrize("name", LRP)
def test_a_product_of_activations_is_refused(images, name):
    class Gate(nn.Module):
        def forward(self, x):
            return x * torch.tanh(x)

    with pytest.raises(InputError, match="no relevance rule for a product"):
        load_methods()[name].run(Explainer(build(Gate), 8), *images, [0] * 3)
    with pytest.raises(InputError, match="did you mean as_published"):
        resolve(name, {"variant": "as_publishd"})
