"""The recipe `deepgestalt` is what the paper says, and its keys do what they are called."""

import re
from math import degrees, pi

import numpy as np
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.models.training import _optimiser, _start_head
from gestalt_regions.study.schema import validate
from torch import nn

PAPER = """We experimented with different scales of Xavier Normal Initializer and found that the best result was with a
scale of 0.3. The fine-tuning optimizer is SGD with a learning rate of 5 x 10-3 and a momentum of 0.9. No weight decay
or kernel regularization is used, [...] which also includes dropout (we set the rate to 50%), performed better. Each
region is randomly augmented by rotation with a range of 5 degrees, small vertical and horizontal shifts (shift range of
0.05), shear transformation (shear range of 5 pi / 180) and random zoom (zoom range of 0.05) horizontal flip. [...] each
region DCNN is independently trained with 50 epochs for the face recognition task and an additional 500 epochs for the
fine-tune step."""  # Gurovich et al., 2019, Methods, Training


@pytest.fixture
def recipes(config, root):
    return validate(config, root / "config/schemas")["recipes"]


def said(pattern: str) -> float:
    return float(re.search(pattern, PAPER.replace("\n", " "))[1])


def test_the_numbers_are_those_of_the_paper(recipes):
    recipe, augment = recipes["deepgestalt"], recipes["deepgestalt"]["augment"]
    assert recipe["optimiser"] == "sgd" and recipe["schedule"] == "constant" and recipe["flip"]
    assert recipe["learning_rate"] == said(r"learning rate of (\d) x 10-3") / 1000
    assert recipe["momentum"] == said(r"momentum of (\d\.\d)")
    assert recipe["dropout"] == said(r"rate to (\d+)%") / 100
    assert recipe["head_init"] == said(r"scale of (\d\.\d)")
    assert recipe["epochs"] == said(r"additional (\d+) epochs")
    assert "No weight decay" in PAPER and recipe["weight_decay"] == 0 and recipe["head_weight_decay"] is None
    assert augment["rotation"] == said(r"range of (\d+) degrees")
    assert augment["shift"] == said(r"shift range of (\d\.\d+)")
    assert augment["zoom"] == said(r"zoom range of (\d\.\d+)")
    assert augment["shear"] == pytest.approx(degrees(said(r"shear range of (\d) pi / 180") * pi / 180))  # radians
    assert augment["grey"] == augment["jitter"] == 0 and augment["views"] == recipe["epochs"]


def test_the_quick_recipe_shows_faces_in_the_same_way(recipes):
    quick, paper = recipes["deepgestalt_quick"], recipes["deepgestalt"]
    assert quick["augment"] | {"views": 0} == paper["augment"] | {"views": 0}
    assert (quick["dropout"], quick["head_init"]) == (paper["dropout"], paper["head_init"])
    assert quick["epochs"] < paper["epochs"] / 10


def test_other_recipes_are_as_they_were(recipes):
    for name in ("quick", "paper", "gestaltmatcher_arc"):
        assert "head_init" not in recipes[name]
        assert not {"rotation", "shear", "shift"} & set(recipes[name]["augment"])


def test_the_classifier_starts_as_the_recipe_says():
    torch.manual_seed(0)
    head = nn.Linear(320, 216)
    _start_head(head, 0.3)
    assert head.weight.std().item() == pytest.approx(0.3 * (2 / (320 + 216)) ** 0.5, rel=0.02)
    _start_head(head, None)
    assert head.weight.std().item() == pytest.approx(0.01, rel=0.02) and (head.bias == 0).all()


def test_a_constant_rate_stays(recipes):
    network = StagedNetwork({"body": nn.Conv2d(1, 1, 1)}, ["body"], 1, 2)
    optimiser, schedule = _optimiser(network, recipes["deepgestalt"], 0)
    rates = []
    for _ in range(20):
        optimiser.step()
        schedule.step()
        rates.append([group["lr"] for group in optimiser.param_groups])
    assert np.array_equal(rates, np.full((20, 2), 0.005))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head_init": 0}, r"recipes.deepgestalt.head_init"),
        ({"augment": {"rotation": -1}}, r"recipes.deepgestalt.augment.rotation"),
        ({"augment": {"shear": 90}}, r"recipes.deepgestalt.augment.shear"),
        ({"augment": {"shift": 1.5}}, r"recipes.deepgestalt.augment.shift"),
        ({"schedule": "cyclic"}, r"recipes.deepgestalt.schedule' is 'cyclic'; allowed: .*constant"),
    ],
)
def test_bad_values_are_named(config, root, change, message):
    config["recipes"]["deepgestalt"] |= change
    with pytest.raises(InputError, match=message):
        validate(config, root / "config/schemas")
