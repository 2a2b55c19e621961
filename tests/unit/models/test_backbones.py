"""What a study is told of a backbone before anything runs."""

import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.backbones import BACKBONES, builder
from gestalt_regions.study.study import load_study


def test_a_network_from_the_users_file_needs_it(root, config, tmp_path):
    config["models"] = {"r50": {"backbone": "arcface_onnx", "recipe": "quick", "options": {"weights": "none.onnx"}}}
    with pytest.raises(InputError, match=r"models.r50.options.weights: 'none.onnx' is no file; arcface_onnx is built"):
        load_study(config, root)
    path = tmp_path / "r50.onnx"
    path.write_bytes(b"")
    config["models"]["r50"]["options"]["weights"] = str(path)
    assert load_study(config, root).asset("r50") == str(path)


def test_a_part_of_the_face_is_cut_out_or_seen_through_a_window(root, config):
    eyes = {"backbone": "deepgestalt", "recipe": "quick", "options": {"part": "eyes"}}
    config["models"] = {"eyes": eyes}
    study = load_study(config, root)
    assert study.config["models"]["eyes"]["options"]["part"] == "eyes"
    assert study.asset("eyes") == "resources/face_parts.csv" and study.backbone("eyes").size == 224
    config["models"] = {"eyes": eyes | {"options": {"part": "eye"}}}
    with pytest.raises(InputError, match=r"models.eyes.options.part' is 'eye'; did you mean eyes"):
        load_study(config, root)
    config["models"] = {"eyes": eyes | {"backbone": "arcface_mbf"}}
    study = load_study(config, root)
    assert study.asset("eyes") == "results/assets/arcface_mbf.onnx" and study.backbone("eyes").size == 112


def test_models_of_other_studies_are_not_told_of_parts(root, config):
    assert load_study(config, root).config["models"]["resnet18_morph"]["options"].keys() == {"architecture", "weights"}


def test_every_backbone_with_an_asset_has_it_in_the_manifest(root, config):
    study = load_study(config, root)
    assert study.asset("resnet18_morph") == "resources/resnet18_morph.safetensors"
    assert study.encoder("arcface_mbf").asset == "results/assets/arcface_mbf.onnx"
    for entry in BACKBONES.values():
        assert not entry.asset or entry.asset in study.assets
        assert not (entry.asset and entry.from_file)


@pytest.fixture
def file_of(root, asset):
    """The file that a backbone is built from."""

    def path(entry):
        try:
            return asset(entry.asset) if entry.asset else str(root / entry.weights) if entry.weights else ""
        except InputError as error:
            pytest.skip(f"{entry.asset} is not here and cannot be fetched: {error}")

    return path


def with_windows():
    """All but deepgestalt, which cuts the part out, and networks that are built from the user's file."""
    return [name for name, entry in BACKBONES.items() if not entry.from_file and name != "deepgestalt"]


@pytest.mark.parametrize("name", with_windows())
def test_a_network_with_a_window_sees_the_part_alone(name, file_of):
    entry = BACKBONES[name]
    assert "part" in entry.options
    torch.manual_seed(0)
    network, _ = builder(name)(2, 0.0, file_of(entry), {"part": "mouth", "box": [56, 112, 168, 224]})
    shown = torch.zeros(1, 3, entry.size, entry.size)
    shown[..., entry.size // 2 :, entry.size // 4 : entry.size * 3 // 4] = 0.5
    noise = torch.randn(shown.shape) * (shown == 0)
    network.eval()
    assert torch.equal(network(shown), network(shown + noise))
    assert not torch.equal(network(shown), network(shown / 2))
    assert network.spatial == entry.layers and len(network.stages) == entry.stages


@pytest.mark.parametrize("name", [name for name, entry in BACKBONES.items() if not entry.from_file])
def test_the_layers_that_a_backbone_names_are_those_of_its_network(name, file_of):
    entry = BACKBONES[name]
    network, preprocess = builder(name)(2, 0.0, file_of(entry), {})
    assert network.spatial == entry.layers
    assert len(network.stages) == entry.stages
    assert (preprocess.order == "grey") == entry.grey


def test_a_layer_is_a_name_or_a_pattern_of_the_users_file():
    assert BACKBONES["resnet18_morph"].has_layer("layer4") and BACKBONES["resnet18_morph"].has_layer("")
    assert not BACKBONES["resnet18_morph"].has_layer("layer9")
    assert BACKBONES["arcface_onnx"].has_layer("map56") and not BACKBONES["arcface_onnx"].has_layer("layer4")


def test_the_architectures_that_timm_has_are_all_there():
    import timm

    assert set(BACKBONES["timm_resnet"].architectures) <= set(timm.list_models("*resnet*"))
