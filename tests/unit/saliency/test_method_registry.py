"""What a method needs of a network, which class it explains, and how a study that asks the impossible is refused."""

import dataclasses

import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.backbones import BACKBONES, TRAITS
from gestalt_regions.saliency.engine import choose_targets
from gestalt_regions.saliency.method_registry import NEEDS, lacking, load_methods, method, resolve
from gestalt_regions.saliency.parameter_ranges import in_words
from gestalt_regions.study.study import load_study

EVERY = sorted(load_methods())
RECTIFIED = {"GuidedBackprop", "DeconvNet", "GuidedGradCam"}
LAYERED = {"GradCam", "GradCAMPlusPlus", "HiResCAM", "LayerCAM", "ScoreCAM"}
LAYERED |= {"FullGrad", "GuidedGradCam", "EmbeddingGradCam", "LayerDeepLIFT"}


def test_needs_are_traits_that_backbones_can_have():
    assert all(set(any_of) <= set(TRAITS) for any_of, _ in NEEDS.values())
    with pytest.raises(ValueError, match="NEEDS has rectifier, layer, embedding"):
        method("Unfinished", family="cam", attribution="global", paper="", needs=("layers",))
    assert "Unfinished" not in load_methods()


@pytest.mark.parametrize("name", EVERY)
def test_every_method_says_what_it_lacks(name):
    found = load_methods()[name]
    assert bool(lacking(found, ("stages", "embedding"))) == (name in RECTIFIED)
    assert bool(lacking(found, ("relu6", "embedding"))) == (name in LAYERED)
    assert bool(lacking(found, ("prelu", "stages"))) == (name == "EmbeddingGradCam")
    assert "layer" in found.needs or "layer" not in found.parameters


def test_every_backbone_can_take_every_method():
    assert not [(m, b) for m in EVERY for b in BACKBONES if lacking(load_methods()[m], BACKBONES[b].traits)]


def test_a_pair_that_cannot_be_is_refused_before_the_dag_is_built(config, root, monkeypatch):
    bare = dataclasses.replace(BACKBONES["resnet18_morph"], traits=("relu",))
    monkeypatch.setitem(BACKBONES, "resnet18_morph", bare)
    with pytest.raises(InputError, match=r"methods\.\w+: \w+ needs a layer with a feature map; models\.\w+ \("):
        load_study(config, root)
    config["saliency"]["methods"] = {"Gradient": {}}
    load_study(config, root)


def test_targets_are_predicted_true_or_named():
    scores, classes = torch.tensor([[1.0, 3.0, 2.0], [5.0, 0.0, 1.0]]), ["NS", "WS", "KS"]
    labels = ["KS", "WS"]
    assert choose_targets("predicted", scores, labels, classes).tolist() == [1, 0]
    assert choose_targets("true", scores, labels, classes).tolist() == [2, 1]
    assert choose_targets("KS", scores, labels, classes).tolist() == [2, 2]
    with pytest.raises(InputError, match="target 'Ws' is no class of the model; did you mean WS"):
        choose_targets("Ws", scores, labels, classes)
    with pytest.raises(InputError, match="target 'unaffected'"):
        choose_targets("true", scores, ["KS", "unaffected"], classes)


@pytest.mark.parametrize("name", EVERY)
def test_every_method_has_a_target(name):
    assert resolve(name, {})[1]["target"] == "predicted"
    assert resolve("variant", {"method": name, "target": "WS"})[1]["target"] == "WS"
    with pytest.raises(InputError, match=r"variant\.target is 3; expected a value like 'predicted'"):
        resolve("variant", {"method": name, "target": 3})


@pytest.mark.parametrize("name", EVERY)
def test_every_parameter_has_its_range(name):
    """But those that may be any number, yes or no, a layer, which is the network's, and names that a study knows."""
    found = load_methods()[name]
    named = ("baseline", "layer", "regions", "towards", "of")
    free = {key for key, value in found.parameters.items() if isinstance(value, bool) or key in named}
    assert set(found.ranges) == set(found.parameters) - free
    resolve(name, {}, crop=112)  # the defaults are in their ranges


def test_a_range_of_no_parameter_and_an_unknown_word_are_refused():
    def run(explainer, x, target, seeds, *, width=3):
        return x

    for ranges, message in (
        ({"widht": {"minimum": 1}}, "'Unfinished' has no parameter 'widht'"),
        ({"width": {"least": 1}}, "range of width: no least"),
        ({"width": {"maximum": "height"}}, "maximum 'height' is no parameter"),
    ):
        with pytest.raises(ValueError, match=message):
            method("Unfinished", family="cam", attribution="global", paper="", ranges=ranges)(run)
    assert "Unfinished" not in load_methods()


def test_ranges_in_words():
    occlusion = load_methods()["Occlusion"].ranges
    assert in_words(occlusion["window"]) == "1 or more, at most the crop's side"
    assert in_words(occlusion["stride"]) == "1 or more, at most window"
    assert in_words(load_methods()["DeepLIFT"].ranges["pooling"]) == "one of rescale, gradient"
