"""What a study is told of a backbone before anything runs."""

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.backbones import BACKBONES
from gestalt_regions.study.study import load_study


def test_a_network_from_the_users_file_needs_it(root, config, tmp_path):
    config["models"] = {"r50": {"backbone": "arcface_onnx", "recipe": "quick", "options": {"weights": "none.onnx"}}}
    with pytest.raises(InputError, match=r"models.r50.options.weights: 'none.onnx' is no file; arcface_onnx is built"):
        load_study(config, root)
    path = tmp_path / "r50.onnx"
    path.write_bytes(b"")
    config["models"]["r50"]["options"]["weights"] = str(path)
    assert load_study(config, root).asset("r50") == str(path)


def test_every_backbone_with_an_asset_has_it_in_the_manifest(root, config):
    study = load_study(config, root)
    assert study.asset("resnet18_morph") == "resources/resnet18_morph.safetensors"
    assert study.encoder("arcface_mbf").asset == "results/assets/arcface_mbf.onnx"
    for entry in BACKBONES.values():
        assert not entry.asset or entry.asset in study.assets
        assert not (entry.asset and entry.from_file)
