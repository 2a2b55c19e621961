"""Experts joined into one network: the mean of their softmaxes, their weights, and what is written of a fold."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import checkpoint
from gestalt_regions.models.aggregate import join_experts
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.joined_experts import joined, weights_of_experts
from gestalt_regions.models.merge import merged
from gestalt_regions.models.randomise import randomise

PARTS, CLASSES = ["eyes", "nose", "full_face"], ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def table(root):
    return str(root / "resources/face_parts.csv")


@pytest.fixture(scope="module")
def networks(table):
    made = []
    for seed, part in enumerate(PARTS):
        torch.manual_seed(seed)
        network = build(len(CLASSES), 0.5, table, {"part": part})[0].eval().requires_grad_(False)
        network.head.weight.mul_(20)  # answers that differ
        made.append(network)
    return made


@pytest.fixture(scope="module")
def faces():
    return torch.rand(3, 1, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_answer_is_the_mean_of_the_softmaxes(networks, faces):
    expected = torch.stack([network(faces).softmax(1) for network in networks]).mean(0)
    logits = joined(networks)(faces)
    assert torch.allclose(logits.softmax(1), expected, atol=1e-6)
    assert torch.allclose(logits.exp(), expected, atol=1e-6)  # they are logarithms of probabilities already
    assert expected.std() > 0.05


def test_the_gradient_is_the_weighted_sum_of_the_experts_gradients(networks, faces):
    network, target = joined(networks), torch.tensor([0, 1, 3])
    probabilities, weights = weights_of_experts(network, faces, target)
    assert torch.allclose(weights.sum(1), torch.ones(3)) and weights.std() > 0.01
    assert torch.allclose(weights, probabilities / probabilities.sum(1, keepdim=True))
    x = faces.clone().requires_grad_(True)
    whole = torch.autograd.grad(network(x).gather(1, target[:, None]).sum(), x)[0]
    parts = 0
    for e, expert in enumerate(networks):
        logs = expert(x).log_softmax(1).gather(1, target[:, None])[:, 0]
        assert torch.allclose(logs.exp(), probabilities[:, e], atol=1e-6)
        parts = parts + torch.autograd.grad((weights[:, e] * logs).sum(), x)[0]
    assert torch.allclose(whole, parts, atol=1e-6 * whole.abs().max().item() + 1e-9, rtol=1e-3)


def test_a_network_that_is_no_aggregate_has_no_experts(networks, faces):
    with pytest.raises(TypeError, match="no aggregate"):
        weights_of_experts(networks[0], faces, torch.zeros(3, dtype=torch.long))


def test_it_has_no_layer_and_says_so(networks):
    with pytest.raises(InputError, match="no layer with a feature map"):
        joined(networks).layer("")


def test_batchnorms_are_merged_in_every_expert(networks, faces):
    quick = merged(joined(networks))
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in quick.modules())
    assert torch.allclose(quick(faces), joined(networks)(faces), atol=1e-4)


def test_its_weights_can_be_drawn_again(networks, faces):
    network = joined(networks)
    for depth, same in ((0, True), (None, False)):
        other = randomise(network, depth, 1)
        assert torch.equal(other.run(faces), network.run(faces)) == same
        assert not torch.allclose(other(faces), network(faces))


@pytest.fixture
def fold(networks, table, tmp_path):
    """Checkpoints and predictions of three experts: {inputs, outputs}."""
    random = np.random.default_rng(0)
    inputs = {"checkpoints": [], "predictions": [], "asset": table}
    for part, network in zip(PARTS, networks, strict=True):
        _, preprocess = build(1, 0.0, table, {})
        facts = {
            "backbone": "deepgestalt",
            "options": {"part": part, "weights": ""},
            "classes": CLASSES,
            "dropout": 0.5,
        }
        facts |= {"recipe": "r", "recipe_values": {}, "seed": 1, "epoch": 2, "fold": "1", "shuffled": False}
        checkpoint.save(str(tmp_path / f"{part}.safetensors"), network, preprocess, facts | {"asset_sha256": "0"})
        p = random.dirichlet(np.ones(4), 6).astype(np.float32)
        told = pd.DataFrame({"sample_id": [f"0{i}" for i in range(6)], "set": "folds", "label": list("abcdab")})
        told["predicted"], told["correct"] = [CLASSES[i] for i in p.argmax(1)], False
        told = pd.concat([told, pd.DataFrame(p, columns=[f"p_{c}" for c in CLASSES])], axis=1)
        told.to_csv(tmp_path / f"{part}.csv", index=False)
        inputs["checkpoints"].append(str(tmp_path / f"{part}.safetensors"))
        inputs["predictions"].append(str(tmp_path / f"{part}.csv"))
    return inputs, {"checkpoint": str(tmp_path / "joined.safetensors"), "predictions": str(tmp_path / "joined.csv")}


def test_a_fold_is_joined(fold, networks, faces, table):
    inputs, outputs = fold
    join_experts(inputs, outputs, experts=PARTS)
    network, preprocess, facts = checkpoint.load(outputs["checkpoint"], table)
    assert torch.equal(network(faces), joined(networks)(faces))
    assert preprocess.order == "grey" and facts["classes"] == CLASSES and facts["fold"] == "1"
    assert [each["name"] for each in facts["experts"]] == PARTS
    assert [each["options"]["part"] for each in facts["experts"]] == PARTS
    parts = [pd.read_csv(path, dtype={"sample_id": str}) for path in inputs["predictions"]]
    told = pd.read_csv(outputs["predictions"], dtype={"sample_id": str})
    columns = [f"p_{c}" for c in CLASSES]
    assert list(told.columns) == list(parts[0].columns) and told["sample_id"].equals(parts[0]["sample_id"])
    mean = sum(part[columns] for part in parts) / 3
    assert np.allclose(told[columns], mean, atol=1e-7)
    assert told["predicted"].tolist() == [CLASSES[i] for i in mean.to_numpy().argmax(1)]
    assert told["correct"].tolist() == (told["predicted"] == told["label"]).tolist()


def test_experts_that_do_not_fit_together_are_named(fold, networks, table, tmp_path):
    inputs, outputs = fold
    other = pd.read_csv(inputs["predictions"][1], dtype={"sample_id": str}).iloc[::-1]
    other.to_csv(tmp_path / "other.csv", index=False)
    changed = inputs | {
        "predictions": [inputs["predictions"][0], str(tmp_path / "other.csv"), inputs["predictions"][2]]
    }
    with pytest.raises(InputError, match="nose predicts other images than eyes; train both again"):
        join_experts(changed, outputs, experts=PARTS)
    network, preprocess, facts = checkpoint.load(inputs["checkpoints"][2], table)
    checkpoint.save(str(tmp_path / "c.safetensors"), network, preprocess, facts | {"classes": list("abce")})
    changed = inputs | {"checkpoints": [*inputs["checkpoints"][:2], str(tmp_path / "c.safetensors")]}
    with pytest.raises(InputError, match="full_face has other classes or another input than eyes"):
        join_experts(changed, outputs, experts=PARTS)
