"""Weights of experts of an aggregate, by class and beside region coefficients."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.evaluation.expert_agreement import write_expert_agreement
from gestalt_regions.evaluation.expert_weights import WEIGHTS, write_expert_weights
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.joined_experts import joined

CLASSES, PARTS = ["a", "b", "c"], {"net_eyes": "eyes", "net_mouth": "mouth", "whole": "full_face"}
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


@pytest.fixture(scope="module")
def weighed(tmp_path_factory, root):
    """The table of four faces of fold 1 (one held out), and the probabilities that each expert gave alone."""
    folder, table = tmp_path_factory.mktemp("weights"), str(root / "resources/face_parts.csv")
    networks = []
    for seed, part in enumerate(PARTS.values()):
        torch.manual_seed(seed)
        network, preprocess = build(3, 0.0, table, {"part": part})
        network.head.weight.data *= 20
        networks.append(network.eval().requires_grad_(False))
    facts = {"backbone": "deepgestalt", "options": {}, "classes": CLASSES, "dropout": 0.0}
    facts["experts"] = [{"name": name, "options": {"part": part}} for name, part in PARTS.items()]
    checkpoint.save(str(folder / "c.safetensors"), joined(networks), preprocess, facts)
    crops = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    np.save(folder / "crops.npy", crops)
    rows = [["1", "s0", 4, "folds", "a"], ["1", "s1", 0, "folds", "b"], ["1", "s2", 1, "folds", "b"]]
    rows += [["1", "h0", 3, "heldout", "c"]]
    pd.DataFrame(rows, columns=["fold", "sample_id", "row", "set", "label"]).to_csv(folder / "e.csv", index=False)
    inputs = {"checkpoints": [str(folder / "c.safetensors")], "crops": str(folder / "crops.npy"), "asset": table}
    inputs["explained"] = str(folder / "e.csv")
    write_expert_weights(inputs, str(folder / "w.csv"), folds=["1"], parts=PARTS, batch=3, device="cpu")
    x = preprocess(crops[[4, 0, 1, 3]])
    with torch.no_grad():
        alone = torch.stack([network(x).softmax(1) for network in networks]).numpy()  # [experts, faces, classes]
    return pd.read_csv(folder / "w.csv", dtype={"fold": str}), alone


def test_every_face_has_the_weight_of_every_expert(weighed):
    table, alone = weighed
    assert list(table.columns) == WEIGHTS and len(table) == 4 * 3
    assert table["part"].tolist() == list(PARTS.values()) * 4
    target = alone.mean(0).argmax(1)
    assert table["target"].tolist()[::3] == [CLASSES[i] for i in target]
    said = np.stack([alone[:, i, target[i]] for i in range(4)])
    assert table["probability"].to_numpy().reshape(4, 3) == pytest.approx(said, abs=1e-4)
    assert table["weight"].to_numpy().reshape(4, 3) == pytest.approx(said / said.sum(1, keepdims=True), abs=1e-4)


@pytest.fixture
def study(tmp_path):
    """study(): sixty faces in which the map follows the expert for the eyes, and not the one for the mouth."""
    random, n = np.random.default_rng(1), 60
    names = [f"s{i:02d}" for i in range(n)]
    labels = np.array(["KS", "NS"])[np.arange(n) % 2]
    samples = pd.DataFrame({"sample_id": names, "label": labels, "subject_id": names, "split": "folds"})
    samples["kin_group"], samples["simulated"] = [f"k{i // 2}" for i in range(n)], True
    samples.to_csv(tmp_path / "samples.csv", index=False)
    eyes = random.uniform(0.2, 0.5, n) + 0.2 * (labels == "KS")
    weights = np.stack([eyes, random.uniform(0, 0.2, n)], axis=1)
    weights = np.column_stack([weights, 1 - weights.sum(1)])
    rows = [
        ["1", name, "folds", label, label, expert, part, 0.5, weights[i, k]]
        for i, (name, label) in enumerate(zip(names, labels, strict=True))
        for k, (expert, part) in enumerate(PARTS.items())
    ]
    pd.DataFrame(rows, columns=WEIGHTS).to_csv(tmp_path / "w.csv", index=False)
    paths = []
    for method, noise in (("Follows", 0.02), ("Random", 10.0)):
        told = []
        for region, of in (("eyes", eyes), ("nose", random.uniform(0, 1, n)), ("mouth", random.uniform(0, 1, n))):
            values = of + random.normal(0, noise, n)
            target = np.where(np.arange(n) < 50, labels, "Unaffected")  # ten faces are explained for another class
            told.append(pd.DataFrame({"sample_id": names, "label": labels, "target": target, "region": region}))
            told[-1]["coefficient"] = values
        table = pd.concat(told).assign(fold="1", set="folds", region_set="paper", policy="absolute_minmax", area=9)
        table.to_csv(tmp_path / f"{method}.csv", index=False)
        paths.append(str(tmp_path / f"{method}.csv"))

    def make():
        outputs = {name: str(tmp_path / f"{name}.csv") for name in ("classes", "agreement")}
        files = (str(tmp_path / "w.csv"), paths, str(tmp_path / "samples.csv"), outputs)
        write_expert_agreement(*files, policy="absolute_minmax", bootstrap=BOOTSTRAP, seed=1)
        return *(pd.read_csv(path) for path in outputs.values()), weights, labels

    return make


def test_weights_by_class_are_means_with_intervals(study):
    classes, _, weights, labels = study()
    assert classes["label"].drop_duplicates().tolist() == ["KS", "NS", "all"]
    table = classes.set_index(["label", "expert"])
    assert table.loc[("KS", "net_eyes"), "weight"] == pytest.approx(weights[labels == "KS", 0].mean())
    assert table.loc["all", "weight"].sum() == pytest.approx(1)
    assert (table["low"] < table["weight"]).all() and (table["weight"] < table["high"]).all()
    assert (table.loc["KS", "images"] == 30).all() and table["simulated"].all()


def test_what_goes_together_is_found_and_what_does_not_is_not(study):
    _, agreement, _, _ = study()
    assert agreement["expert"].unique().tolist() == ["net_eyes", "net_mouth"]  # the full face is no region
    assert (agreement["images"] == 50).all() and agreement["method"].drop_duplicates().tolist() == ["Follows", "Random"]
    table = agreement.set_index(["method", "region", "given"])
    for given in ("nothing", "the class"):
        follows, random = table.loc[("Follows", "eyes", given)], table.loc[("Random", "eyes", given)]
        assert follows["rho"] > 0.8 and follows["low"] > 0.5
        assert random["low"] < 0 < random["high"]
        mouth = table.loc[("Follows", "mouth", given)]
        assert mouth["low"] < 0 < mouth["high"]
    assert (table["low"] <= table["rho"]).all() and (table["rho"] <= table["high"]).all()
