import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.fold_training import predictions
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import split_fold, train_fold
from gestalt_regions.study.schema import validate
from torch import nn

CLASSES = ["dark", "light"]


@pytest.fixture
def table():
    rows = [
        {
            "row": i,
            "sample_id": f"s{i}",
            "label": CLASSES[i % 2],
            "subject_id": f"p{i // 2}",
            "kin_group": f"k{i // 4}",
            "fold": str(i // 4 % 3 + 1),
        }
        for i in range(60)
    ]
    table = pd.DataFrame(rows)
    table.loc[table.kin_group == "k14", "fold"] = "heldout"
    return table


@pytest.fixture
def recipe(root, config):
    config["recipes"]["test"] = {"epochs": 15, "batch_size": 8, "learning_rate": 0.01, "frozen_stages": 1}
    return validate(config, root / "config/schemas")["recipes"]["test"]


def network():
    torch.manual_seed(1)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU()),
        "pool": nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    return StagedNetwork(stages, ["stem"], 4, 2), Preprocess(8, "rgb", (127.5,) * 3, (127.5,) * 3)


def images(table):
    noise = np.random.default_rng(0).integers(0, 60, (len(table), 8, 8, 3))
    bright = (table.label == "light").to_numpy()[:, None, None, None] * 150
    return (noise + bright).astype(np.uint8), table.label.map(CLASSES.index).to_numpy()


@pytest.mark.parametrize("selection", ["inner", "last", "judged_fold"])
def test_only_as_published_lets_the_judged_fold_choose(table, selection):
    split = split_fold(table, "2", selection, 0.2, 0)
    group = table.set_index("row").kin_group
    judged = set(split.judged)
    assert judged == set(table.row[table.fold == "2"])
    assert set(split.heldout) == set(table.row[table.fold == "heldout"])
    assert not judged & set(split.fit)
    assert not set(group[split.fit]) & set(group[split.judged])
    assert bool(judged & set(split.choose)) == (selection == "judged_fold")
    if selection == "inner":
        assert len(split.choose)
        assert not set(group[split.fit]) & set(group[split.choose])


def test_a_person_of_two_kin_groups_is_not_on_both_sides_of_what_is_set_aside(table):
    """Some subjects are in two kin groups: families are united as the folds unite them."""
    for one, other in ((1, 4), (2, 5), (7, 10), (8, 11)):  # of one fold each
        rows = table.kin_group.isin([f"k{one}", f"k{other}"]) & (table.row % 4 == 0)
        table.loc[rows, "subject_id"] = f"of both {one} and {other}"
    split = split_fold(table, "1", "inner", 0.2, 0)
    person = table.set_index("row").subject_id
    assert len(split.choose) and not set(person[split.fit]) & set(person[split.choose])


def test_training_learns_keeps_the_best_epoch_and_repeats(table, recipe, tmp_path):
    crops, labels = images(table)
    split = split_fold(table, "1", "inner", 0.2, 0)
    runs = []
    for run in range(2):
        net, preprocess = network()
        frozen = {k: v.clone() for k, v in net.stages["stem"].state_dict().items()}
        history, scores = train_fold(
            net, preprocess, crops, labels, split, recipe=recipe, seed=3, folder=tmp_path / str(run)
        )
        assert all(torch.equal(v, frozen[k]) for k, v in net.stages["stem"].state_dict().items())
        runs.append((history, scores))
    pd.testing.assert_frame_equal(runs[0][0], runs[1][0])
    assert (runs[0][1] == runs[1][1]).all()
    history, scores = runs[0]
    assert history.kept.sum() == 1
    assert history.choose_accuracy[history.kept].item() == history.choose_accuracy.max()
    truth = labels[np.concatenate([split.judged, split.heldout])]
    assert (scores.argmax(1) == truth).mean() > 0.9
    part = predictions(table, split, scores, CLASSES)
    assert part.set.tolist() == ["folds"] * len(split.judged) + ["heldout"] * len(split.heldout)
    assert np.allclose(part[["p_dark", "p_light"]].sum(axis=1), 1)
    assert (part.correct == (part.label == part.predicted)).all()


def test_cached_and_recomputed_features_train_the_same_network(table, recipe, monkeypatch, tmp_path):
    crops, labels = images(table)
    split = split_fold(table, "1", "last", 0.2, 0)
    results = []
    for limit in (2e9, 0):
        monkeypatch.setattr("gestalt_regions.models.features.CACHE_LIMIT", limit)
        net, preprocess = network()
        results.append(
            train_fold(net, preprocess, crops, labels, split, recipe=recipe, seed=3, folder=tmp_path / str(limit))[1]
        )
    assert np.allclose(*results, atol=1e-5)


def test_too_many_frozen_stages_are_refused(table, recipe, tmp_path):
    crops, labels = images(table)
    net, preprocess = network()
    split = split_fold(table, "1", "last", 0.2, 0)
    with pytest.raises(InputError, match="frozen_stages is 3; this network has 2 stages"):
        train_fold(net, preprocess, crops, labels, split, recipe=recipe | {"frozen_stages": 3}, seed=3, folder=tmp_path)
