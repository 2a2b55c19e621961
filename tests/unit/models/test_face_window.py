"""A network that knows whole faces sees a part of one through a window: where it is, and nothing beside it."""

import numpy as np
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.face_parts import PARTS, SIDE, read_boxes
from gestalt_regions.models import checkpoint
from gestalt_regions.models.backbones import builder
from gestalt_regions.models.face_crop import FaceWindow
from gestalt_regions.models.fold_training import with_box
from gestalt_regions.models.merge import merged
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.study.study import load_study

PIXELS = 112
build = builder("resnet18_morph")


@pytest.fixture(scope="module")
def files(root):
    return str(root / "resources/resnet18_morph.safetensors"), str(root / "resources/face_parts.csv")


def expert(files, part):
    torch.manual_seed(0)
    weights, boxes = files
    options = with_box({"options": {"part": part}}, boxes)["options"]
    network, preprocess = build(3, 0.0, weights, options)
    return network.eval().requires_grad_(False), preprocess, options


@pytest.fixture(scope="module")
def faces():
    return torch.randn(2, 3, PIXELS, PIXELS, generator=torch.Generator().manual_seed(1))


def inside(files, part):
    left, top, right, bottom = (round(edge * PIXELS / SIDE) for edge in read_boxes(files[1])[part])
    mask = np.zeros((PIXELS, PIXELS), bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("part", PARTS)
def test_the_part_stays_where_it_is_and_the_rest_is_grey(part, files, faces):
    network, _, _ = expert(files, part)
    whole, _ = build(3, 0.0, files[0], {})
    whole.load_state_dict(network.state_dict())
    shown = faces * torch.from_numpy(inside(files, part))
    assert torch.equal(network(faces), whole.eval()(shown))
    assert torch.equal(network.stages["stem"].part(faces), shown)


@pytest.mark.parametrize(
    "name", ["Gradient", "GuidedBackprop", "LRP-EpsilonPlusFlat", "ExcitationBackprop", "DeepLIFT"]
)
def test_a_map_lies_in_the_part(name, files, faces):
    network, preprocess, _ = expert(files, "eyes")
    explainer, entry = Explainer(network, 4, preprocess), load_methods()[name]
    given = entry.run(explainer, faces[:1], torch.tensor([1]), [0], **entry.parameters).detach()
    maps, seen = channel_sums(given, PIXELS, explainer.seen)[0, 1], inside(files, "eyes")
    assert (maps[~seen] == 0).all() and (maps[seen] > 0).any()


def test_deeplift_is_complete(files, faces):
    network, preprocess, _ = expert(files, "nose")
    entry = load_methods()["DeepLIFT"]
    given = entry.run(Explainer(network, 4, preprocess), faces[:1], torch.tensor([1]), [0], **entry.parameters)
    expected = (network(faces[:1]) - network(torch.zeros_like(faces[:1])))[0, 1].item()
    assert given.sum().item() == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_a_checkpoint_holds_its_box(files, tmp_path, faces):
    network, preprocess, options = expert(files, "mouth")
    path = str(tmp_path / "mouth.safetensors")
    facts = {"backbone": "resnet18_morph", "options": options, "classes": ["a", "b", "c"], "dropout": 0.0}
    checkpoint.save(path, network, preprocess, facts)
    again, _, kept = checkpoint.load(path, files[0])
    assert kept["options"] == {"part": "mouth", "box": list(read_boxes(files[1])["mouth"])}
    assert torch.equal(again(faces), network(faces))


def test_batchnorms_are_merged_behind_the_window(files, faces):
    network, _, _ = expert(files, "nose")
    quick = merged(network)
    assert isinstance(quick.stages["stem"].part, FaceWindow)
    assert torch.allclose(quick(faces), network(faces), rtol=1e-4, atol=1e-4)


def test_models_alone_have_parts(root, config):
    eyes = {"backbone": "resnet18_morph", "recipe": "quick", "options": {"part": "eyes"}}
    config["models"] = {"eyes": eyes, "mouth": eyes | {"options": {"part": "mouth"}}}
    assert load_study(config, root).networks["eyes"]["options"]["part"] == "eyes"
    config["matching"]["encoders"]["eyes"] = {"backbone": "resnet18_morph", "options": {"part": "eyes"}}
    with pytest.raises(InputError, match=r"matching.encoders.eyes.options.part"):
        load_study(config, root)
