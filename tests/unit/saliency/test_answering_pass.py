"""One forward pass for the class and for the map: the same bytes as two, and fewer convolutions."""

import pytest
import torch
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.answering_pass import Plain, run
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from torch import nn
from torch.overrides import TorchFunctionMode

SHARED = [name for name, entry in load_methods().items() if entry.passes]


class Block(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), act

    def forward(self, x):
        return self.act(self.norm(self.conv(x)) + x)


def build(act=None, later=None):
    torch.manual_seed(0)
    act = act or nn.ReLU(inplace=True)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), act, nn.MaxPool2d(3, 2)),
        "body": nn.Sequential(*([later] if later else []), Block(act), Block(act), nn.Conv2d(8, 8, 1), act),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    }
    network = StagedNetwork(stages, ["stem", "body"], 32, 4)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def images():
    x = torch.randn(3, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    return x.contiguous(memory_format=torch.channels_last)


class Counted(TorchFunctionMode):
    """Counts convolutions that are called as the network calls them."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.calls += function is torch.conv2d
        return function(*args, **(kwargs or {}))


def explained(name, explainer, x, shared=True):
    entry = load_methods()[name]
    parameters = entry.parameters | ({"samples": 5} if "samples" in entry.parameters else {})
    scores = entry.answers(explainer, x, parameters) if shared else explainer.exact(x)
    return scores, entry(explainer, x, scores.argmax(1), [1, 2, 3], None, parameters).detach()


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("act", [lambda: nn.ReLU(inplace=True), lambda: nn.PReLU(8)])
def test_a_shared_pass_gives_the_same_bytes_as_a_pass_for_each(images, name, act):
    network = build(act())
    scores, maps = explained(name, Explainer(network, 8), images)
    apart, maps_apart = explained(name, Explainer(network, 8), images, shared=False)
    assert not scores.requires_grad
    assert torch.equal(scores, apart) and torch.equal(scores, Explainer(network, 8).exact(images))
    assert torch.equal(maps, maps_apart)
    assert maps.abs().max() > 0 or name == "GradCAMPlusPlus"  # no channel of the PReLU network speaks for the class


@pytest.mark.parametrize("name", SHARED)
def test_the_images_pass_once(images, name):
    explainer = Explainer(build(), 8)
    explainer.exact(images)
    for _ in range(2):
        with Counted() as counted:
            explained(name, explainer, images)
        within = counted.calls  # DeepLIFT's reference passes in the first round alone
    if name.startswith(("LRP", "Excitation")):  # rules call convolutions on their way back
        with Counted() as counted:
            explained(name, explainer, images, shared=False)
        assert within == counted.calls - 4
    else:
        assert within == {"SmoothGrad": 4 + 2 * 4}.get(name, 4)  # and two batches of noisy copies


def test_the_pass_of_other_images_or_of_another_way_is_not_taken(images):
    explainer, target = Explainer(build(), 8), torch.tensor([0, 1, 2])
    plain = explainer.gradient(images, target)
    explainer.answers(images.flip(0), Plain())
    assert torch.equal(explainer.gradient(images, target), plain)
    explainer.answers(images, Plain(gradient=False))
    assert torch.equal(explainer.gradient(images, target), plain)
    explainer.answers(images, Plain())
    for _ in range(2):  # a pass goes back once; the second time there is another
        assert torch.equal(explainer.gradient(images, target), plain)


def test_in_bfloat16_the_class_is_told_by_float32_and_the_map_is_not(images):
    network = build()
    explainer = Explainer(network, 8, precision="bfloat16")
    scores, maps = explained("Gradient", explainer, images)
    assert torch.equal(scores, Explainer(network, 8).exact(images))
    assert torch.equal(maps, explainer.gradient(images, scores.argmax(1)))
    assert not torch.equal(maps, Explainer(network, 8).gradient(images, scores.argmax(1)))


def test_a_stage_that_a_later_one_wrote_to_is_computed_again(images):
    network, target = build(later=nn.Hardtanh(-0.1, 0.1, inplace=True)), torch.tensor([0, 1, 2])
    explainer = Explainer(network, 8)
    passed = run(explainer.merged, images)
    assert passed.stage(0) is None and passed.stage(1) is not None
    before = explainer.activation(images, "stem")
    explainer.answers(images, Plain(gradient=False))
    assert torch.equal(explainer.activation(images, "stem"), before)
    assert before.max() > 0.1
    explainer.answers(images, Plain(gradient=False))
    assert torch.equal(explainer.layer_gradient(images, target, "body")[0], passed.stage(1))
