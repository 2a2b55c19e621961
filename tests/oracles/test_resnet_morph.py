"""resnet18_morph's network against timm's own."""

from __future__ import annotations

import pytest
import timm
import torch
from gestalt_regions.models.architectures import resnet_morph
from gestalt_regions.models.architectures.timm_resnet import SPATIAL, stages


@pytest.fixture
def pair():
    """Ours and timm's stages with the same weights, the statistics of their BatchNorms no longer trivial."""
    ours = resnet_morph.network({"channels": [8, 16, 24, 32], "stem": 4}, outputs=5)
    theirs = timm.create_model("resnet18", channels=(8, 16, 24, 32), stem_width=4, stem_type="deep")
    theirs = torch.nn.ModuleDict(stages(theirs))
    torch.manual_seed(1)
    for name, value in theirs.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if "running_var" in name else torch.randn_like(value) * 0.3)
    ours.stages.load_state_dict(theirs.state_dict())  # the same names
    return ours, theirs


@pytest.mark.parametrize("training", [False, True])
def test_every_stage_equals_timms_to_the_last_bit(pair, training):
    ours, theirs = (net.train(training) for net in pair)
    assert ours.spatial == SPATIAL
    mine = yours = torch.randn(2, 3, 112, 112)
    for (name, stage), other in zip(ours.stages.items(), theirs.values(), strict=True):
        mine, yours = stage(mine), other(yours)
        assert torch.equal(mine, yours), name
    assert mine.shape == (2, 32)


def test_weights_start_as_timms():
    """Not the same draws, but the same spread, and blocks that are their shortcut alone."""
    ours = resnet_morph.network({"channels": [32, 64, 128, 256], "stem": 16}, outputs=2).stages.state_dict()
    theirs = timm.create_model("resnet18", channels=(32, 64, 128, 256), stem_width=16, stem_type="deep")
    theirs = torch.nn.ModuleDict(stages(theirs)).state_dict()
    for name, value in theirs.items():
        if value.ndim == 4:
            assert float(ours[name].std()) == pytest.approx(float(value.std()), rel=0.1), name
        elif value.is_floating_point():
            assert torch.equal(ours[name], value), name
    assert not ours["layer2.0.bn2.weight"].any()
