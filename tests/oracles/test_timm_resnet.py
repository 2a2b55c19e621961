import numpy as np
import pandas as pd
import pytest
import timm
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.timm_resnet import build
from gestalt_regions.models.fold_training import train_on_fold
from gestalt_regions.study.schema import validate
from safetensors.torch import save_file


@pytest.fixture(scope="module")
def original():
    torch.manual_seed(0)
    return timm.create_model("resnet18", num_classes=7).eval()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_the_stages_are_timms_network_with_a_new_head(original, tmp_path, suffix):
    path = str(tmp_path / f"weights{suffix}")
    state = original.state_dict()
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    network, preprocess = build(3, 0.0, "", {"architecture": "resnet18", "weights": path})
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        expected = original.forward_head(original.forward_features(x), pre_logits=True)
        assert torch.allclose(network.eval().run(x), expected, atol=1e-6)
        assert network(x).shape == (2, 3)
    assert network.spatial[-1] == "layer4"
    assert preprocess.size == 224


def test_foreign_weights_and_names_are_refused(original, tmp_path):
    path = str(tmp_path / "w.safetensors")
    save_file({"encoder.weight": torch.zeros(2)}, path)
    with pytest.raises(InputError, match="not the weights of this network"):
        build(3, 0.0, "", {"architecture": "resnet18", "weights": path})
    with pytest.raises(InputError, match="did you mean resnet18"):
        build(3, 0.0, "", {"architecture": "resnet18x"})
    with pytest.raises(InputError, match="no such file"):
        build(3, 0.0, "", {"architecture": "resnet18", "weights": str(tmp_path / "none.pth")})


def test_weights_that_hold_code_are_not_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    path = str(tmp_path / "w.pth")
    torch.save({"state_dict": Bomb()}, path)
    with pytest.raises(InputError, match="could not be read safely"):
        build(3, 0.0, "", {"architecture": "resnet18", "weights": path})
    assert not (tmp_path / "exploded").exists()


def test_the_papers_recipe_trains_a_resnet(root, config, tmp_path):
    """BGR minus the fold's channel mean, SGD, BatchNorm in training mode; the fold's mean is kept in the checkpoint."""
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 200, (16, 224, 224, 3), dtype=np.uint8) + np.array([0, 20, 40], np.uint8)
    np.save(tmp_path / "crops.npy", crops)
    names = [f"s{i}" for i in range(16)]
    pd.DataFrame({"row": range(16), "sample_id": names}).to_csv(tmp_path / "index.csv", index=False)
    folds = pd.DataFrame({"sample_id": names, "label": ["A", "B"] * 8, "subject_id": names, "kin_group": names})
    folds["fold"] = ["1"] * 4 + ["2"] * 8 + ["heldout"] * 4
    folds.to_csv(tmp_path / "folds.csv", index=False)
    config["recipes"]["paper"] |= {"epochs": 1, "batch_size": 8, "epoch_selection": "last"}
    recipe = validate(config, root / "config/schemas")["recipes"]["paper"]
    outputs = {k: str(tmp_path / f"{k}.out") for k in ("checkpoint", "history", "predictions")}
    inputs = {k: str(tmp_path / f) for k, f in (("crops", "crops.npy"), ("index", "index.csv"), ("folds", "folds.csv"))}
    model = {"backbone": "timm_resnet", "recipe": "paper", "options": {"architecture": "resnet18"}}
    train_on_fold(inputs | {"asset": ""}, outputs, model=model, recipe=recipe, fold="1", seed=42, device="cpu")
    network, preprocess, about = checkpoint.load(outputs["checkpoint"], "")
    assert preprocess.order == "bgr"
    assert preprocess.mean == pytest.approx(crops[4:12].mean((0, 1, 2))[::-1], rel=1e-6)
    assert about["classes"] == ["A", "B"]
    predictions = pd.read_csv(outputs["predictions"])
    assert predictions.sample_id.tolist() == [*names[:4], *names[12:]]
    with torch.no_grad():
        again = network(preprocess(crops[:4])).softmax(1)[:, 0].numpy()
    assert again == pytest.approx(predictions.p_A[:4].to_numpy(), abs=1e-4)


@pytest.mark.parametrize(
    "architecture, reason", [("seresnet50", "Sigmoid: the saliency rules"), ("resnetv2_50", "ResNetV2")]
)
def test_a_resnet_the_saliency_rules_do_not_know_is_refused_before_it_is_trained(architecture, reason):
    with pytest.raises(InputError, match=reason):
        build(4, 0.0, "", {"architecture": architecture})
