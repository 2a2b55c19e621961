"""Aggregates in a config: what they are made of, and what they cannot be."""

from copy import deepcopy

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.report.chapters.recognition_chapter import network_sentence
from gestalt_regions.saliency.method_registry import explained_models
from gestalt_regions.study.sizes import Size
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.units import networks_in
from gestalt_regions.tools.plan.work import amounts

LAYERED = ("GradCam", "GuidedGradCam", "LayerDeepLIFT")


@pytest.fixture
def gestalt(config):
    """Two experts and their aggregate, and methods that need no layer."""
    expert = {"backbone": "deepgestalt", "recipe": "deepgestalt_quick"}
    config["models"] = {name: expert | {"options": {"part": name}} for name in ("eyes", "mouth")}
    config["models"]["both"] = {"experts": ["eyes", "mouth"]}
    for name in LAYERED:
        del config["saliency"]["methods"][name]
    return config


def test_an_aggregate_is_a_model_of_the_study(gestalt, root):
    gestalt["folds"]["repeats"] = 2
    study = load_study(gestalt, root)
    assert study.config["models"]["both"] == {
        "experts": ["eyes", "mouth"],
        "backbone": "deepgestalt",
        "recipe": "",
        "options": {},
    }
    assert study.experts("both") == ["eyes", "mouth"] and study.experts("both.run2") == ["eyes.run2", "mouth.run2"]
    assert study.experts("eyes") == [] and "both.run2" in study.networks
    network = study.backbone("both")
    assert network.size == 224 and "stages" not in network.traits and "relu" in network.traits
    assert study.asset("both") == "resources/face_parts.csv"
    assert networks_in(study.networks["both"]) == 2 and networks_in(study.networks["eyes"]) == 1
    assert "mean of the softmaxes of eyes, mouth" in network_sentence(study.config["models"]["both"], True)
    assert load_study(study.config, root).config["models"] == study.config["models"]


def test_methods_that_need_a_layer_are_refused(gestalt, root):
    for name in (*LAYERED, "FullGrad"):
        changed = deepcopy(gestalt)
        changed["saliency"]["methods"][name] = {}
        with pytest.raises(InputError, match=rf"{name}: {name} needs a layer .*models.both \(experts of deepgestalt\)"):
            load_study(changed, root)


def test_experts_that_are_not_explained_are_trained_and_cost_no_maps(gestalt, root):
    for name in ("eyes", "mouth"):
        gestalt["models"][name]["explained"] = False
    study = load_study(gestalt, root)
    assert explained_models(study.config) == ["both"] and list(study.networks) == ["eyes", "mouth", "both"]
    size = Size({"KS": 10, "Unaffected": 10}, {"KS": 4})
    work = amounts(study.config, size)
    assert sum(w.jobs for w in work["train"]) == 2 * study.config["folds"]["n"]
    assert {w.what.split(" on ")[1] for w in work["saliency"]} == {"deepgestalt"}
    assert sum(w.jobs for w in work["saliency"]) == len(study.methods) * study.config["folds"]["n"]
    groups = {w.what.split(" on ")[0]: w.units for w in work["evaluation"]}
    maps = groups["drops"] / 2  # two experts are asked again for each; maps that are stored are read once
    assert groups["pixels"] == groups["recovery"] == maps * len(study.evaluated)
    recipe, folds = study.config["recipes"]["deepgestalt_quick"], study.config["folds"]["n"]
    shuffled = study.config["evaluation"]["sanity"]["folds"] * recipe["epochs"] * 20 * (folds - 1) / folds
    assert groups["train_shuffled"] == 2 * shuffled


def test_one_model_at_least_is_explained(gestalt, root):
    for model in gestalt["models"].values():
        model["explained"] = False
    with pytest.raises(InputError, match="config models: every model says explained: false"):
        load_study(gestalt, root)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"experts": ["eyes", "moth"]}, "models.both.experts: no other model 'moth'; did you mean mouth"),
        ({"experts": ["eyes", "both"]}, "models.both.experts: no other model 'both'"),
        ({"experts": ["eyes"]}, "models.both.experts"),
        ({"experts": ["eyes", "eyes"]}, "models.both.experts"),
        ({"experts": ["eyes", "third"]}, "'third' is an aggregate itself; name its experts"),
        ({"experts": ["eyes", "morph"]}, "'morph' and 'eyes' have different backbones"),
        ({"experts": ["eyes", "mouth"], "recipe": "quick"}, "models.both.recipe: an aggregate has none of its own"),
        ({"experts": ["eyes", "mouth"], "options": {"part": "nose"}}, "models.both.options: an aggregate has none"),
    ],
)
def test_what_is_no_aggregate_is_named(gestalt, root, entry, message):
    gestalt["models"] |= {
        "morph": {"backbone": "resnet18_morph", "recipe": "quick", "options": {}},
        "third": {"experts": ["mouth", "eyes"]},
        "both": entry,
    }
    with pytest.raises(InputError, match=message):
        load_study(gestalt, root)


def test_a_plan_counts_the_networks_that_an_image_passes(gestalt, root):
    size = Size({"KS": 20, "NS": 20}, {"KS": 2})
    config = load_study(gestalt, root).config
    made = amounts(config, size)
    assert [work.what for work in made["train"]] == ["deepgestalt, bfloat16"] * 2
    maps = [work for work in made["saliency"] if work.what == "Gradient on deepgestalt"]
    assert [work.units / maps[0].units for work in maps] == [1, 1, 2]
    shuffled = [work.units for work in made["evaluation"] if work.what.startswith("train_shuffled")]
    assert shuffled[0] == shuffled[1] > 0 and shuffled[2] == 0
