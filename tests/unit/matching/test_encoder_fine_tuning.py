"""Fine-tuning an encoder as GestaltMatcher-Arc does: what is trained, on which images, and by which rules."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching.encode_faces import encode
from gestalt_regions.matching.encoders import write_card
from gestalt_regions.matching.fine_tune import fine_tune, learned_from
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.arcface import build
from gestalt_regions.models.training import _optimiser, class_weights, top_accuracy
from gestalt_regions.study.schema import validate
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.bench.iresnet import write_iresnet

FREQUENT = {"A": 10, "B": 7, "C": 7}  # subjects; two images each


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with crops, index, samples, splits and an encoder; the disorders differ in colour and pattern."""
    place = tmp_path_factory.mktemp("study")
    random, samples, splits, crops = np.random.default_rng(0), [], [], []
    for number, (label, subjects) in enumerate((FREQUENT | {"RARE": 3}).items()):
        for subject in range(subjects):
            for photo in range(2):
                name, person = f"{label}{subject}-{photo}", f"{label}{subject}"
                kin = f"F{label}{subject - 1 if label == 'A' and subject == 1 else subject}"  # A0 and A1 are siblings
                samples.append((name, label, person, kin, "folds", True))
                role = "test" if subject >= subjects - 2 else "gallery"
                repeats = ["1", "2"] if label == "RARE" else [""]
                group = "rare" if label == "RARE" else "frequent"
                splits += [(name, person, label, group, role, repeat) for repeat in repeats]
                image = random.integers(0, 90, (112, 112, 3))
                image[20 + 20 * number : 40 + 20 * number, :, number % 3] += 150
                crops.append(image)
    order = random.permutation(len(samples))
    np.save(place / "crops.npy", np.array(crops, np.uint8)[order])
    samples = pd.DataFrame(samples, columns=["sample_id", "label", "subject_id", "kin_group", "split", "simulated"])
    samples.to_csv(place / "samples.csv", index=False)
    index = samples.iloc[order][["sample_id", "label"]]
    index.assign(row=range(len(index))).to_csv(place / "index.csv", index=False)
    columns = ["sample_id", "subject_id", "label", "group", "role", "repeat"]
    pd.DataFrame(splits, columns=columns).to_csv(place / "splits.csv", index=False)
    write_iresnet(str(place / "r.onnx"))
    return place


@pytest.fixture
def entry(study):
    options = {"weights": str(study / "r.onnx")}
    return {"backbone": "arcface_onnx", "options": options, "fine_tuned": True, "recipe": "gestaltmatcher_arc"}


@pytest.fixture
def recipe(root, config):
    small = {"epochs": 8, "augment": {"views": 2}, "learning_rate": 0.003, "inner_fraction": 0.3}
    config["recipes"]["gestaltmatcher_arc"] |= small
    return validate(config, root / "config/schemas")["recipes"]["gestaltmatcher_arc"]


def train(study, entry, recipe, folder):
    inputs = {name: str(study / f"{name}.csv") for name in ("index", "samples", "splits")}
    inputs |= {"crops": str(study / "crops.npy"), "asset": str(study / "r.onnx")}
    outputs = {"checkpoint": str(folder / "c.safetensors"), "history": str(folder / "history.csv")}
    fine_tune(inputs, outputs, entry=entry, recipe=recipe, seed=3, device="cpu")
    return outputs


def paths(study):
    return [str(study / f"{name}.csv") for name in ("splits", "index", "samples")]


def test_no_test_image_and_nothing_rare_is_learned_from(study):
    table = learned_from(*paths(study))
    assert set(table.label) == set(FREQUENT)
    splits = pd.read_csv(study / "splits.csv", keep_default_na=False)
    wanted = splits[(splits.group == "frequent") & (splits.role == "gallery")]
    assert sorted(table.sample_id) == sorted(wanted.sample_id)
    index = pd.read_csv(study / "index.csv").set_index("sample_id")
    assert (index.loc[table.sample_id].row.to_numpy() == table.row).all()
    assert (table.subject_id == table.sample_id.str.split("-").str[0]).all()  # set_aside unites families by it


def test_a_cohort_without_frequent_disorders_says_so(study, tmp_path):
    splits = pd.read_csv(study / "splits.csv", keep_default_na=False)
    splits[splits.group == "rare"].to_csv(tmp_path / "splits.csv", index=False)
    with pytest.raises(InputError, match="0 frequent disorders have gallery images"):
        learned_from(str(tmp_path / "splits.csv"), *paths(study)[1:])


def test_the_feature_layer_and_the_classifier_are_trained_and_nothing_else(study, entry, recipe, tmp_path):
    outputs = train(study, entry, recipe, tmp_path)
    trained, preprocess, about = checkpoint.load(outputs["checkpoint"], entry["options"]["weights"])
    before, _ = build(3, 0.5, entry["options"]["weights"], {"feature_layer": True})
    changed = {k for k, v in trained.state_dict().items() if not torch.equal(v, before.state_dict()[k])}
    assert {k.split(".")[0] for k in changed if k.startswith("head")} == {"head"}
    assert {k.split(".")[1] for k in changed if not k.startswith("head")} == {"embedding"}
    assert len(changed) == 4  # weights and biases of both
    assert about["classes"] == ["A", "B", "C"]
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in trained.modules())
    history = pd.read_csv(outputs["history"])
    kept = history[history.kept]
    assert len(kept) == 1
    assert kept.choose_top5_mean_accuracy.item() == history.choose_top5_mean_accuracy.max()
    assert kept.choose_loss.item() < history.choose_loss.iloc[0] or kept.index[0] == 0
    assert history.train_accuracy.iloc[-1] > 0.8
    # three disorders: one of the first five is always right, so the rate is halved every patience + 1 epochs
    assert history.learning_rate.iloc[0] == 0.003
    assert history.learning_rate.iloc[-1] == pytest.approx(0.0015)

    card, out = tmp_path / "card.json", {key: str(tmp_path / f"e.{key}") for key in ("encodings", "index", "about")}
    write_card(str(card), entry=entry, asset=entry["options"]["weights"], threads=1, feature_layer=True)
    inputs = {"crops": str(study / "crops.npy"), "index": str(study / "index.csv"), "card": str(card)}
    inputs |= {"asset": entry["options"]["weights"], "trained": outputs["checkpoint"]}
    encode(inputs, out, entry=entry, batch=16, threads=1, device="cpu")
    vectors = np.load(out["encodings"])
    with torch.no_grad():
        ours = trained.run(preprocess(np.load(study / "crops.npy"))).numpy()
    assert np.abs(ours / np.linalg.norm(ours, axis=1, keepdims=True) - vectors[:, 0]).max() < 1e-5
    told = json.loads(open(out["about"]).read())
    assert (told["fine_tuned"], told["engine"]) == (True, "torch")


def test_the_same_seed_gives_the_same_encoder(study, entry, recipe, tmp_path):
    recipe = recipe | {"epochs": 2}
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(open(train(study, entry, recipe, tmp_path / name)["checkpoint"], "rb").read())
    assert files[0] == files[1]


def test_rare_classes_weigh_up_to_twice_the_frequent_ones():
    labels = np.repeat([0, 1, 2], [100, 10, 20])
    weights = class_weights(labels, 3, "rare_first").tolist()
    assert weights == pytest.approx([0.55, 1.0, 0.75])
    assert class_weights(labels, 3, "equal").tolist() == [1, 1, 1]


def test_the_mean_accuracy_counts_every_class_once():
    scores = np.tile(np.arange(8.0)[::-1], (10, 1))  # always class 0, then 1, ...
    truth = np.array([0] * 8 + [4, 5])
    assert top_accuracy(scores, truth, 5) == pytest.approx(2 / 3)
    assert top_accuracy(scores, truth, 1) == pytest.approx(0.8)


def test_feature_layer_and_classifier_have_their_own_weight_decay(study, root, config):
    recipes = validate(config, root / "config/schemas")["recipes"]
    network, _ = build(3, 0.5, str(study / "r.onnx"), {"feature_layer": True})
    for name, wanted in (
        ("gestaltmatcher_arc", [5e-4, 5e-5]),
        ("gestaltmatcher_arc_dropout", [0, 0]),
        ("quick", [0, 0]),
    ):
        optimiser, _ = _optimiser(network, recipes[name], len(network.stages) - 1)
        assert [group["weight_decay"] for group in optimiser.param_groups] == wanted
        assert [sum(p.numel() for p in group["params"]) for group in optimiser.param_groups] == [99, 64 * 49 * 32 + 32]
    config["recipes"]["quick"] |= {"weight_decay": 0.1}
    recipe = validate(config, root / "config/schemas")["recipes"]["quick"]
    optimiser, _ = _optimiser(network, recipe, 0)
    assert {group["weight_decay"] for group in optimiser.param_groups} == {0.1}


@pytest.mark.parametrize(
    ("backbone", "changes", "message"),
    [
        ("timm_resnet", {}, r"gestaltmatcher_arc\.feature_layer: matching\.encoders\.e \(timm_resnet\) has no linear"),
        ("arcface_mbf", {"epoch_selection": "judged_fold"}, "knows no folds; use inner or last"),
        ("arcface_mbf", {"epoch_selection": "last"}, r"schedule is plateau, but with epoch_selection: last"),
    ],
)
def test_recipes_that_cannot_be_followed_are_refused_before_the_dag(root, config, backbone, changes, message):
    config["recipes"]["gestaltmatcher_arc"] |= changes
    own = {"backbone": backbone, "fine_tuned": True, "recipe": "gestaltmatcher_arc"}
    config["matching"]["encoders"] = {"e": own}
    with pytest.raises(InputError, match=message):
        load_study(config, root)
