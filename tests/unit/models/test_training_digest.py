"""What a killed training must have been told to go on: another network, and it starts anew."""

import torch
from gestalt_regions.models import fold_training
from gestalt_regions.models.backbones import BACKBONES

CPU = torch.device("cpu")


def digest(backbone: str, **options) -> str:
    model = {"backbone": backbone, "recipe": "quick", "options": options}
    return fold_training.training_digest(fold_training.__file__, {}, model=model, recipe={}, seed=1, device=CPU)


def test_every_backbone_has_its_own():
    assert len({digest(name) for name in BACKBONES}) == len(BACKBONES)


def test_a_window_is_another_training():
    assert digest("arcface_mbf") != digest("arcface_mbf", part="eyes", box=[0, 0, 224, 112])
