"""The pretraining on simulated faces: what is drawn, what is learnt, and that a stopped run goes on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.cohort.simulated.head.head_landmarks import DENSE
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.align import TEMPLATE, similarity
from gestalt_regions.models.architectures import resnet_morph
from gestalt_regions.pretraining import linear_probe
from gestalt_regions.pretraining import simulated_faces as drawn
from gestalt_regions.pretraining.face_ranges import needed, part
from gestalt_regions.pretraining.morphology_regression import r_squared
from gestalt_regions.pretraining.pretrain_steps import digest, epochs, train_stage
from gestalt_regions.pretraining.shape_variations import Variation, draw_coefficients, target_weights, variations
from gestalt_regions.pretraining.training_set import MIRROR, Faces, mirrored, shakes
from gestalt_regions.study.schema import validate

# Of fewer channels, the backward pass of 1 x 1 convolutions with steps of 2 crashes PyTorch 2.15 on AVX2 (oneDNN).
SMALL = {"channels": [8, 8, 8, 16], "stem": 8}


class TinyHead:
    """Stands in for the head model: a few targets, each moving one vertex."""

    targets = ("chin-width-decr", "chin-width-incr", "fu-jawLeft", "fu-mouthSmileLeft", "fu-mouthSmileRight")
    targets += ("head-oval", "head-trans-up", "l-ear-lobe-decr", "l-ear-lobe-incr", "nose-trans-in", "r-ear-lobe-decr")
    targets += ("r-ear-lobe-incr", "universal-male-baby")
    base = np.zeros((3, 3))

    def shape(self, weights):
        return self.base + sum(weights.values()) * np.array([[0.24, 0, 0], [0, 0.01, 0], [0, 0, 0]])


def test_variations_are_paired_symmetric_and_bounded():
    found = {v.name: v for v in variations(TinyHead())}
    assert set(found) == {"chin-width-incr", "fu-mouthSmile", "head-oval", "lr-ear-lobe-incr"}
    ear = found["lr-ear-lobe-incr"]
    assert ear.plus == ("l-ear-lobe-incr", "r-ear-lobe-incr")
    assert ear.minus == ("l-ear-lobe-decr", "r-ear-lobe-decr")
    assert ear.reach == pytest.approx(0.5)  # a weight of 1 moves a vertex by 0.24 dm; at most 0.12 is wanted
    assert found["head-oval"].minus == ()
    assert found["fu-mouthSmile"].expression
    assert not found["head-oval"].expression
    weights = target_weights([ear, found["head-oval"]], [-0.8, 0.0])
    assert weights == {"l-ear-lobe-decr": pytest.approx(0.4), "r-ear-lobe-decr": pytest.approx(0.4)}


def test_draws_are_bounded_independent_and_as_often_as_stated():
    found = [Variation(f"v{i}", ("p",), ("m",), 1.0) for i in range(20)]
    found += [Variation("one", ("p",), (), 1.0), Variation("fu-x", ("p",), (), 1.0)]
    settings = {"spread": 0.1, "rare": 0.3, "expressions": 0.2}
    values = np.stack([draw_coefficients(found, np.random.default_rng(i), **settings) for i in range(2000)])
    assert np.abs(values).max() <= 1 + 2.5 * 0.1
    assert (values[:, 20:] >= 0).all()
    assert (values[:, 21] > 0).mean() == pytest.approx(0.2, abs=0.03)
    expected = 0.1**2 + 0.3 * (1 - 0.2**3) / 3 / 0.8  # ordinary variance, and the strong ones' mean square
    assert values[:, :20].var() == pytest.approx(expected, rel=0.05)
    together = np.corrcoef(values[:, :20].T) - np.eye(20)
    assert np.abs(together).max() < 0.1


def test_people_are_of_a_seed_stream_of_their_own_and_shards_cover_them():
    first, again, other = (drawn.person(seed, 3, [1, 20]) for seed in (5, 5, 6))
    assert first == again != other
    assert first.subject_id.startswith("morph-")
    parts = [list(part(23, 4, k)) for k in range(1, 5)]
    assert [number for one in parts for number in one] == list(range(23))
    assert {len(p) for p in parts} <= {5, 6}
    assert needed({"faces": 20, "heldout": 3, "shards": 4}, 6) == [1, 2, 4]


def test_a_crop_follows_its_five_points():
    turned = TEMPLATE @ np.array([[0.0, 1.5], [-1.5, 0.0]]) + [150, 20]
    dense = np.tile(turned[2], (len(DENSE), 1))
    photo = np.zeros((256, 256, 3), np.uint8)
    x, y = np.round(turned[2]).astype(int)
    photo[y - 1 : y + 2, x - 1 : x + 2] = 255
    crop, points = drawn.aligned(photo, np.concatenate([turned, dense]))
    assert points == pytest.approx(np.tile(TEMPLATE[2], (len(DENSE), 1)), abs=1e-6)
    y, x = np.unravel_index(crop[..., 0].argmax(), crop.shape[:2])
    assert (x, y) == pytest.approx(TEMPLATE[2] + drawn.MARGIN, abs=1)


def test_shakes_are_the_alignment_of_displaced_points():
    matrices = shakes(np.random.default_rng(0), 4, 2.0)
    off = np.random.default_rng(0).normal(0, 2.0, (4, 5, 2))
    for matrix, error in zip(matrices, off, strict=True):
        expected, _ = similarity(TEMPLATE + error)
        assert matrix == pytest.approx(expected[:2], abs=1e-9)
    assert shakes(np.random.default_rng(0), 1, 0.0)[0] == pytest.approx(np.eye(3)[:2], abs=1e-12)


def test_mirroring_swaps_sides_and_is_undone_by_itself():
    points = np.random.default_rng(0).uniform(0, 111, (2, len(DENSE), 2))
    assert sorted(MIRROR) == list(range(len(DENSE)))
    assert mirrored(mirrored(points)) == pytest.approx(points)
    left = DENSE.index("left_lip_corner")
    right = DENSE.index("right_lip_corner")
    assert mirrored(points)[0, left] == pytest.approx([111 - points[0, right, 0], points[0, right, 1]])


@pytest.fixture
def shards(tmp_path):
    """Two shards of 40 faces in which brightness is a shape coefficient, and nothing else can be seen."""
    random = np.random.default_rng(0)
    folders = []
    for k in range(2):
        folder = tmp_path / f"shard-{k}"
        folder.mkdir()
        bright = random.uniform(-1, 1, 40)
        crops = 127 + 100 * bright[:, None, None, None] + random.normal(0, 5, (40, drawn.SIDE, drawn.SIDE, 3))
        np.save(folder / "crops.npy", crops.clip(0, 255).astype(np.uint8))
        np.save(folder / "landmarks.npy", random.normal(56, 3, (40, len(DENSE), 2)).astype(np.float32))
        table = pd.DataFrame({"face": [f"{k}-{i}" for i in range(40)], "age": random.uniform(1, 9, 40)})
        table["sex"], table["ancestry"] = random.choice(["female", "male"], 40), "asian"
        table["shape:bright"], table["shape:fu-jaw"], table["look:squint"] = bright, 0.0, random.random(40)
        table.to_csv(folder / "targets.csv", index=False)
        folders.append(str(folder))
    return folders


@pytest.fixture
def training(root, config):
    config["morph"]["training"] = {"architecture": SMALL, "images": 240, "batch_size": 8, "colour": 0.0}
    return validate(config, root / "config/schemas")["morph"]["training"]


def run(shards, folder, training, count=60):
    folder.mkdir(exist_ok=True)
    outputs = {k: str(folder / f"{k}.out") for k in ("weights", "history", "scores")}
    train_stage(shards, outputs, count=count, heldout=20, training=training, seed=1)
    return outputs


def test_a_stopped_run_goes_on_to_the_same_bytes(shards, training, tmp_path, monkeypatch):
    whole = run(shards, tmp_path / "a", training)
    kept = torch.save
    calls = []

    def stop_after_two(state, path):
        kept(state, path)
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("torch.save", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        run(shards, tmp_path / "b", training)
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / "b").rglob("*.pt")] == ["epoch.pt"]
    resumed = run(shards, tmp_path / "b", training)
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["history.out", "scores.out", "weights.out"]
    for name in whole:
        assert open(whole[name], "rb").read() == open(resumed[name], "rb").read(), name


def test_it_learns_what_can_be_seen_and_nothing_else(shards, training, tmp_path):
    outputs = run(shards, tmp_path / "c", training | {"images": 1200})
    scores = pd.read_csv(outputs["scores"]).set_index("target").r2
    assert scores["shape:bright"] > 0.8
    assert scores["look:squint"] < 0.3
    assert np.isnan(scores["expression:fu-jaw"])  # it never varies
    state, about = resnet_morph.read(outputs["weights"])
    assert about["faces"] == 60
    assert about["training_set_sha256"] == digest(shards)
    assert len(about["code"]) >= 16
    assert {v.dtype for v in state.values() if v.ndim == 4} == {torch.float16}
    network, preprocess = resnet_morph.build(3, 0.0, outputs["weights"], {})
    assert list(network.stages) == ["stem", "layer1", "layer2", "layer3", "layer4", "pool"]
    assert network.eval()(preprocess(np.zeros((2, 112, 112, 3), np.uint8))).shape == (2, 3)


def test_faces_and_epochs_that_are_not_there_are_refused_or_cut(shards, training, tmp_path):
    with pytest.raises(InputError, match=r"morph\.counts: 61 faces wanted, 60 are there"):
        run(shards, tmp_path / "d", training, count=61)
    assert epochs({"images": 200, "most_epochs": 40}, 10) == 20
    assert epochs({"images": 2000, "most_epochs": 40}, 10) == 40
    assert epochs({"images": 2, "most_epochs": 40}, 10) == 1


def test_flips_and_shakes_keep_targets_true(shards):
    faces = Faces.load(shards)
    rows = np.arange(30)
    crops, truth = faces.shaken(rows, np.random.default_rng(1), 0.0)
    plain, expected = faces.plain(rows), faces.truth(rows)
    same = np.array([np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(crops, plain, strict=True)])
    turned = np.array([np.abs(a[:, ::-1].astype(int) - b).max() <= 1 for a, b in zip(crops, plain, strict=True)])
    assert (same ^ turned).all()
    assert 5 < turned.sum() < 25
    assert truth[same] == pytest.approx(expected[same], abs=1e-3)
    columns = len(faces.names)
    assert truth[:, :columns] == pytest.approx(expected[:, :columns])
    back = mirrored(truth[turned, columns:].reshape(-1, len(DENSE), 2)).reshape(turned.sum(), -1)
    assert back == pytest.approx(expected[turned, columns:], abs=1e-3)


def test_shards_of_another_head_model_are_refused(shards):
    path = f"{shards[1]}/targets.csv"
    pd.read_csv(path).rename(columns={"shape:bright": "shape:dark"}).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"shard-1: not the targets of .*shard-0; render the shards with one head"):
        Faces.load(shards)


def test_r_squared():
    truth = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert r_squared(truth, truth) == pytest.approx([1.0, np.nan], nan_ok=True)
    assert r_squared(np.ones((2, 2)), truth)[0] == pytest.approx(0.0)


def test_the_probe_compares_the_same_images_and_states_its_interval():
    random = np.random.default_rng(0)
    family = np.repeat(np.arange(40), 3)
    table = pd.DataFrame({"label": np.where(family % 2, "A", "B"), "kin_group": family.astype(str)})
    table["fold"] = (family // 2 % 5).astype(str)
    of_family = random.standard_normal((40, 60))[family]  # tells families apart, but not the classes
    signal = np.column_stack([family % 2 + random.normal(0, 0.1, 120), random.standard_normal(120)])
    bootstrap = {"group": "kin_group", "n_resamples": 500, "level": 0.95}
    rows = linear_probe.compare({"signal": signal, "family": of_family}, table, C=1.0, bootstrap=bootstrap, seed=1)
    rows = rows.set_index("features")
    assert rows.balanced_accuracy["signal"] > 0.95
    assert rows.low["family"] < 0.5 < rows.high["family"]
    assert rows.less_first["signal"] == rows.less_low["signal"] == rows.less_high["signal"] == 0
    assert rows.less_high["family"] < 0
    assert rows.groups.tolist() == [40, 40]
