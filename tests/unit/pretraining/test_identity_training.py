"""Experts learn whose face it is: what is held out, resuming, and that the weights start an expert of any part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from gestalt_regions.cohort.simulated.photo import views
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_array, write_table
from gestalt_regions.figures.identity_gain import draw_identity_gain
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.fold_training import with_weights
from gestalt_regions.models.resume import Resume
from gestalt_regions.pretraining import identity_people
from gestalt_regions.pretraining.identity_people import scene_of_person, simulated_person
from gestalt_regions.pretraining.identity_steps import pretrain_expert, write_gain
from gestalt_regions.pretraining.identity_training import split_people
from gestalt_regions.study.schema import validate
from safetensors.torch import load_file

PARTS = "resources/face_parts.csv"
SETTINGS = {"adam_epochs": 1, "adam_rate": 0.001, "sgd_epochs": 1, "sgd_rate": 0.0001, "momentum": 0.9}
SETTINGS |= {"batch_size": 4, "dropout": 0.5, "flip": True, "heldout": 0.1, "precision": "float32"}
BOOTSTRAP = {"group": "kin_group", "n_resamples": 50, "level": 0.95}


@pytest.fixture
def shard(tmp_path):
    """Three people with three photographs each, of noise."""
    folder = tmp_path / "shard-1"
    folder.mkdir()
    write_array(np.random.default_rng(0).integers(0, 256, (9, 224, 224), dtype=np.uint8), folder / "faces.npy")
    names = [f"p{i // 3}" for i in range(9)]
    write_table(pd.DataFrame({"row": range(9), "identity": names, "photograph": range(9)}), folder / "index.csv")
    return folder


def outputs(folder) -> dict[str, str]:
    """Paths of what a training writes."""
    folder.mkdir(exist_ok=True)
    names = {"weights": "weights.safetensors", "history": "history.csv", "accuracy": "accuracy.csv"}
    return {key: str(folder / name) for key, name in names.items()}


def pretrain(shard, root, out, people: int = 0) -> None:
    """A training of two epochs."""
    pretrain_expert(
        [str(shard)],
        str(root / PARTS),
        out,
        part="eyes",
        people=people,
        settings=SETTINGS,
        bootstrap=BOOTSTRAP,
        seed=1,
        device="cpu",
    )


def test_a_tenth_of_each_persons_faces_is_held_out():
    person = np.repeat([0, 1, 2], [2, 10, 40])
    heldout = split_people(person, 0.1, 5)
    assert np.bincount(person[heldout]).tolist() == [1, 1, 4]
    assert (heldout == split_people(person, 0.1, 5)).all() and (heldout != split_people(person, 0.1, 6)).any()
    fewer = split_people(person[:12], 0.1, 5)
    assert (fewer == heldout[:12]).all()  # more people change nothing for the first


def test_a_stopped_training_ends_in_the_same_bytes(shard, root, tmp_path, monkeypatch):
    undisturbed = outputs(tmp_path / "once")
    pretrain(shard, root, undisturbed)
    keep, stopped = Resume.keep, outputs(tmp_path / "twice")

    def keep_and_stop(self, history, **values):
        keep(self, history, **values)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Resume, "keep", keep_and_stop)
        with pytest.raises(KeyboardInterrupt):
            pretrain(shard, root, stopped)
    assert list((tmp_path / "twice").glob(".weights.safetensors.*.partial"))
    pretrain(shard, root, stopped)
    for name, path in undisturbed.items():
        assert open(path, "rb").read() == open(stopped[name], "rb").read(), name
    history = pd.read_csv(undisturbed["history"])
    assert history.optimiser.tolist() == ["adam", "sgd"] and history.learning_rate.tolist() == [0.001, 0.0001]
    accuracy = pd.read_csv(undisturbed["accuracy"]).iloc[0]
    assert (accuracy.people, accuracy.faces, accuracy.heldout_faces) == (3, 6, 3)
    assert accuracy.chance == pytest.approx(1 / 3)


def test_the_weights_start_an_expert_of_another_part_and_other_classes(shard, root, tmp_path):
    out = outputs(tmp_path / "out")
    pretrain(shard, root, out, people=2)
    state = load_file(out["weights"])
    assert not [name for name in state if name.startswith("head.")]
    model = with_weights({"options": {"part": "mouth", "weights": "identities"}}, out["weights"])
    network, _ = build(6, 0.5, str(root / PARTS), model["options"])
    loaded = network.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())
    assert network.head.out_features == 6
    untouched = {"options": {"part": "mouth", "weights": ""}}
    assert with_weights(untouched, "") == untouched


class TinyHead:
    """Stands in for the head model."""

    look = "cc0"

    def shape(self, weights):
        return np.zeros((3, 3))

    def scale(self, base):
        return np.ones(3)


def test_a_person_stays_the_same_and_photographs_differ(root, monkeypatch):
    study = yaml.safe_load((root / "config/config.yaml").read_text())
    photos = validate(study, root / "config/schemas")["cohort"]["photos"]
    cohort = {"photos": photos, "identity_spread": 0.18}
    monkeypatch.setattr(identity_people.appearance, "look", lambda seed, person, look: (person, look))
    monkeypatch.setattr(views.View, "expression", property(lambda self: {}))
    people = [simulated_person(3, number, (1.0, 20.0)) for number in range(30)]
    assert len({person.subject_id for person in people}) == 30
    assert all(1 <= person.age <= 20 for person in people) and len({person.ancestry for person in people}) == 3
    (first, look, view), (again, other, another) = (
        scene_of_person(TinyHead(), people[0], photograph, cohort=cohort, seed=3) for photograph in (1, 2)
    )
    assert first == again and look == other and view != another
    stranger = scene_of_person(TinyHead(), people[1], 1, cohort=cohort, seed=3)
    assert stranger[0] != first
    assert people[0] == simulated_person(3, 0, (1.0, 20.0)) != simulated_person(4, 0, (1.0, 20.0))


def test_the_gain_is_paired(tmp_path):
    names = [f"s{i:02d}" for i in range(24)] + ["h"]
    index = pd.DataFrame({"row": range(25), "sample_id": names})
    folds = pd.DataFrame({"sample_id": names, "subject_id": names, "kin_group": [f"k{i // 2}" for i in range(25)]})
    folds = folds.assign(label="A", fold=["1"] * 12 + ["2"] * 12 + ["heldout"])
    for name, table in (("index", index), ("folds", folds)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    right = np.arange(24) % 3 == 0
    runs = []
    for people, correct in ((0, right), (5, right), (9, np.ones(24, bool))):
        paths = []
        for fold in (0, 1):
            part = slice(12 * fold, 12 * fold + 12)
            table = pd.DataFrame({"sample_id": names[part], "set": "folds", "correct": correct[part]})
            held = pd.DataFrame({"sample_id": ["h"], "set": ["heldout"], "correct": [bool(fold)]})  # half right
            paths.append(tmp_path / f"{people}-{fold}.csv")
            pd.concat([table, held]).to_csv(paths[-1], index=False)
        accuracy = tmp_path / f"{people}.csv"
        pd.DataFrame([{"accuracy": 0.5, "low": 0.4, "high": 0.6}]).to_csv(accuracy, index=False)
        runs.append({"part": "eyes", "people": people, "predictions": paths, "accuracy": accuracy if people else ""})
    inputs = {name: str(tmp_path / f"{name}.csv") for name in ("index", "folds")}
    write_gain(inputs, runs, str(tmp_path / "curve.csv"), bootstrap=BOOTSTRAP, seed=1, simulated=True)
    curve = pd.read_csv(tmp_path / "curve.csv")
    assert curve.images.tolist() == [25] * 3 and curve.groups.tolist() == [13] * 3
    assert curve.accuracy.tolist() == pytest.approx([8.5 / 25, 8.5 / 25, 24.5 / 25])
    assert curve.loc[1, ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]  # the same answers: no doubt about it
    assert curve.loc[2, "gain"] == pytest.approx(16 / 25) and 0 < curve.loc[2, "gain_low"] < 16 / 25
    assert np.isnan(curve.loc[0, "identity_accuracy"]) and curve.loc[2, "identity_accuracy"] == 0.5
    draw_identity_gain(tmp_path / "curve.csv", tmp_path / "curve.svg")
    drawn = (tmp_path / "curve.svg").read_text()
    assert "(simulated, 25 images)" in drawn and "eyes" in drawn


def test_a_training_needs_two_people(shard, root, tmp_path):
    with pytest.raises(InputError, match="wants 4 people, but 3"):
        pretrain(shard, root, outputs(tmp_path / "out"), people=4)
