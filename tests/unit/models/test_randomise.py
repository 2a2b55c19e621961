"""Networks drawn again: nothing of the training is left where it should not be, and all of it elsewhere."""

import pytest
import torch
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.models.randomise import randomise
from torch import nn


@pytest.fixture
def network():
    """Two stages, every weight and statistic of which is 7."""
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.PReLU(4)),
        "body": nn.Sequential(nn.Conv2d(4, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    net = StagedNetwork(stages, ["stem"], 5, 3).requires_grad_(False).eval()
    for value in net.state_dict().values():
        value.fill_(7)
    return net


def changed(one, other):
    return {name for name, value in one.state_dict().items() if not torch.equal(value, other.state_dict()[name])}


def test_an_untrained_network_keeps_no_weight_and_no_statistic(network):
    new = randomise(network, None, 5)
    assert changed(network, new) == set(network.state_dict())
    for name, value in new.state_dict().items():
        assert not (value == 7).any(), name
    assert not new.training and not any(p.requires_grad for p in new.parameters())
    assert all((value == 7).all() for value in network.state_dict().values())  # the original is left alone


def test_it_is_seeded_and_does_not_touch_the_global_random_state(network):
    state = torch.random.get_rng_state()
    assert not changed(randomise(network, None, 5), randomise(network, None, 5))
    assert changed(randomise(network, None, 5), randomise(network, None, 6))
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_cascade_goes_down_from_the_head_and_keeps_what_it_drew(network):
    head, body, all_of_it = (randomise(network, depth, 5) for depth in (0, 1, 2))
    names = set(network.state_dict())
    assert changed(network, head) == {n for n in names if n.startswith("head")}
    assert changed(head, body) == {n for n in names if n.startswith("stages.body")}
    assert changed(body, all_of_it) == {n for n in names if n.startswith("stages.stem")}
    assert not changed(all_of_it, randomise(network, None, 5))
    with pytest.raises(ValueError, match="2 stages"):
        randomise(network, 3, 5)


def test_weights_that_cannot_be_drawn_again_are_named(network):
    network.stages["body"].register_parameter("scale", nn.Parameter(torch.ones(1)))
    with pytest.raises(TypeError, match="scale"):
        randomise(network, None, 5)
