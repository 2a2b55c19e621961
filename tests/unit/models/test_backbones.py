"""What a study is told of a backbone before anything runs."""

import pytest
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


def test_a_part_of_the_face_is_for_networks_that_look_at_parts(root, config):
    eyes = {"backbone": "deepgestalt", "recipe": "quick", "options": {"part": "eyes"}}
    config["models"] = {"eyes": eyes}
    study = load_study(config, root)
    assert study.config["models"]["eyes"]["options"]["part"] == "eyes"
    assert study.asset("eyes") == "resources/face_parts.csv" and study.backbone("eyes").size == 224
    config["models"] = {"eyes": eyes | {"options": {"part": "eye"}}}
    with pytest.raises(InputError, match=r"models.eyes.options.part' is 'eye'; did you mean eyes"):
        load_study(config, root)
    config["models"] = {"net": {"backbone": "arcface_mbf", "recipe": "quick", "options": {"part": "eyes"}}}
    with pytest.raises(InputError, match=r"models.net.options.part: arcface_mbf takes no part, leave it out"):
        load_study(config, root)


def test_models_of_other_studies_are_not_told_of_parts(root, config):
    assert load_study(config, root).config["models"]["resnet18_morph"]["options"].keys() == {"architecture", "weights"}


def test_every_backbone_with_an_asset_has_it_in_the_manifest(root, config):
    study = load_study(config, root)
    assert study.asset("resnet18_morph") == "resources/resnet18_morph.safetensors"
    assert study.encoder("arcface_mbf").asset == "results/assets/arcface_mbf.onnx"
    for entry in BACKBONES.values():
        assert not entry.asset or entry.asset in study.assets
        assert not (entry.asset and entry.from_file)


@pytest.mark.parametrize("name", [name for name, entry in BACKBONES.items() if not entry.from_file])
def test_the_layers_that_a_backbone_names_are_those_of_its_network(name, root, asset):
    entry = BACKBONES[name]
    try:
        path = asset(entry.asset) if entry.asset else str(root / entry.weights) if entry.weights else ""
    except InputError as error:
        pytest.skip(f"{entry.asset} is not here and cannot be fetched: {error}")
    network, preprocess = builder(name)(2, 0.0, path, {})
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
