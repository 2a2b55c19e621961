"""The leak probes: a planted leak is caught, noise and shuffled labels are not, and what is skipped says so."""

import numpy as np
import onnx
import pandas as pd
import pytest
from gestalt_regions.checks import leak_features, leak_probes, leaks
from gestalt_regions.checks.leak_probes import balanced_accuracy, score_probe, shuffled_by_subject
from gestalt_regions.checks.leaks import leak_table
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from onnx import TensorProto, helper
from PIL import Image

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
SETTINGS = {"C": 0.01, "bootstrap": BOOTSTRAP, "seed": 1}
CLASSES = ["KS", "NS", "Unaffected"]


def cohort(subjects=30):
    """Two photos of each subject, families of two of one class, folds by family."""
    rows = []
    for label in CLASSES:
        for i in range(subjects):
            kin = f"F-{label}-{i // 2}"
            rows += [(f"{label}-{i}-{k}", label, f"{label}-{i}", kin, str(i // 2 % 5 + 1)) for k in (1, 2)]
    return pd.DataFrame(rows, columns=["sample_id", "label", "subject_id", "kin_group", "fold"])


def photo(label, random, planted):
    """A noisy picture; if planted, the class colours its border and nothing else."""
    image = random.integers(60, 200, (64, 64, 3))
    if planted:
        level = 40 * CLASSES.index(label)
        image[:3], image[-3:], image[:, :3], image[:, -3:] = level, level, level, level
    return np.clip(image + random.normal(0, 20, image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("planted", [True, False])
def test_a_border_that_tells_the_class_is_caught(planted):
    random, table = np.random.default_rng(0), cohort()
    border = np.stack([leak_features.border(photo(label, random, planted)) for label in table["label"]])
    assert border.shape == (180, 720)
    point, low, high, corrected = score_probe(border, table, **SETTINGS)
    assert corrected <= low <= point <= high
    assert (low > 0.9) if planted else (low < 1 / 3 < high)


def test_a_leak_of_the_subject_is_no_leak_of_the_class():
    """Each family has a border of its own; as kin are in one fold, no probe can profit."""
    random, table = np.random.default_rng(0), cohort()
    colour = {kin: random.normal(0, 5, 12) for kin in table["kin_group"].unique()}
    features = np.array([colour[kin] for kin in table["kin_group"]]) + random.normal(0, 0.1, (len(table), 12))
    _, low, high, _ = score_probe(features, table, **SETTINGS)
    assert low < 1 / 3 < high
    apart = table.assign(fold=[str(i % 5 + 1) for i in range(len(table))])  # kin on both sides
    assert score_probe(features, apart, **(SETTINGS | {"C": 100.0}))[1] > 1 / 3


def test_shuffled_labels_stay_with_the_subject_and_tell_nothing():
    random, table = np.random.default_rng(0), cohort()
    dealt = shuffled_by_subject(table, random)
    assert dealt.groupby("subject_id")["label"].nunique().max() == 1
    assert dealt["label"].value_counts().to_dict() == table["label"].value_counts().to_dict()
    assert (dealt["label"] != table["label"]).mean() > 0.5
    signal = np.array([[CLASSES.index(label)] for label in table["label"]]) + random.normal(0, 0.1, (len(table), 4))
    features = dict.fromkeys([probe.name for probe in leak_probes.PROBES], "not given") | {"embedding": signal}
    result = leak_table(features, table, shuffles=10, **SETTINGS).set_index("probe")
    assert result.loc["embedding", "low"] > 0.9 and result.loc["embedding", "against_chance"] == "above"
    assert result.loc["shuffled", "low"] < 1 / 3 and result.loc["shuffled", "balanced_accuracy"] < 0.45
    assert result.loc["shuffled", "against_chance"] == "at"
    assert result.loc["metadata", "note"] == "skipped: not given" and np.isnan(result.loc["metadata", "low"])
    assert result.loc["embedding", ["images", "subjects", "groups", "folds"]].tolist() == [180, 90, 45, 5]


def test_equal_mixtures_put_the_probe_below_chance_not_above():
    """Each class has one subject of each age; the class whose subject is judged lacks that age in training."""
    table = cohort(30)
    table["age"] = table["subject_id"].str.rsplit("-").str[-1].astype(int) // 2
    features, _ = leak_features.metadata(table.assign(sex=table["age"].astype(str)))
    assert leak_probes.against_chance(*score_probe(features, table, **SETTINGS)[1:3], 1 / 3) != "above"
    assert [leak_probes.against_chance(low, low + 0.1, 0.3) for low in (0.1, 0.25, 0.31)] == ["below", "at", "above"]


def test_chance_does_not_depend_on_how_unequal_the_classes_are():
    labels = np.array(["KS"] * 90 + ["NS"] * 10, dtype=object)
    hits = labels == "KS"  # what always answers KS gets right: 0.9 of the images
    assert balanced_accuracy(hits, labels, np.ones((1, 100)))[0] == 0.5
    weights = np.ones((1, 100))
    weights[0, 90:] = 0  # a resample without any NS
    assert balanced_accuracy(hits, labels, weights)[0] == 1


def test_what_photos_show_and_one_that_cannot_be_read(tmp_path):
    random = np.random.default_rng(0)
    sharp = photo("KS", random, False)
    Image.fromarray(sharp).save(tmp_path / "a.png")
    Image.fromarray(sharp).resize((16, 16)).resize((64, 64)).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"no picture")
    points = np.full((3, 5, 2), 32.0)
    found = leak_features.photo_features([tmp_path / f"{name}.png" for name in "abc"], points)
    statistics = found["image_statistics"]
    np.testing.assert_allclose(statistics[0, :3], sharp.mean((0, 1)))
    assert statistics[0, 6] > statistics[1, 6] and statistics[0, 7] > statistics[1, 7]  # sharpness, file size
    assert statistics[0, 8] == np.log(64)
    assert (found["landmarks_in_photo"][0] == 0.5).all()
    assert all(np.isnan(values[2]).all() and np.isfinite(values[:2]).all() for values in found.values())
    table = cohort(5)
    values = random.normal(0, 1, (len(table), 3))
    values[4] = np.nan
    features = dict.fromkeys([probe.name for probe in leak_probes.PROBES], "-") | {"border_photo": values}
    row = leak_table(features, table, shuffles=2, **SETTINGS).set_index("probe").loc["border_photo"]
    assert row["images"] == 29 and row["note"].startswith("1 images left out: photograph not readable")
    features["border_photo"] = np.full_like(values, np.nan)
    row = leak_table(features, table, shuffles=2, **SETTINGS).set_index("probe").loc["border_photo"]
    assert row["images"] == 0 and row["note"] == "skipped: no photograph can be read"


def test_aligned_landmarks_forget_the_place_in_the_photo():
    random = np.random.default_rng(0)
    face = align.TEMPLATE + random.normal(0, 2, (5, 2))
    moved = 3 * face @ np.array([[0.96, 0.28], [-0.28, 0.96]]) + [40, -7]
    shapes = leak_features.shape_of(np.stack([face, moved]), np.stack([face, moved]))
    np.testing.assert_allclose(shapes[0], shapes[1], atol=1e-6)
    assert leak_features.true_shape([], ["a"]) == "the cohort has no true landmarks"


def test_metadata_are_those_the_cohort_has():
    samples = pd.DataFrame({"sample_id": list("abc"), "age": [1.0, None, 3.0], "sex": ["female", "male", None]})
    values, used = leak_features.metadata(samples)
    assert used == ["age", "sex"]
    assert values[:, 0].tolist() == [1, 2, 3] and values[:, 1].tolist() == [0, 1, 0]
    assert values[:, 2:].sum(axis=1).tolist() == [1, 1, 1] and values.shape == (3, 5)
    none, used = leak_features.metadata(samples[["sample_id"]])
    assert none.shape == (3, 0) and used == []


@pytest.fixture
def encoder(tmp_path):
    """An ONNX network whose embedding is the mean of each channel."""
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)]
    given, made = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", ["n", 3, 112, 112]), ("y", ["n", 3]))
    )
    model = helper.make_model(
        helper.make_graph(nodes, "mean", [given], [made]), opset_imports=[helper.make_opsetid("", 13)]
    )
    model.ir_version = 8
    onnx.save(model, tmp_path / "mean.onnx")
    return tmp_path / "mean.onnx"


def test_the_encoder_sees_rgb_from_minus_one_to_one(encoder, tmp_path):
    crops = np.zeros((40, 224, 224, 3), np.uint8)
    crops[:, :, :, 0], crops[39, :, :, 2] = 255, 255
    found = leak_features.embeddings(crops, np.arange(39, -1, -1), encoder, 1)
    assert found.shape == (40, 3)
    np.testing.assert_allclose(found[[39, 0]], [[1, -1, -1], [1, -1, 1]], atol=1e-5)
    (tmp_path / "bad.onnx").write_bytes(b"")
    with pytest.raises(InputError, match=r"bad\.onnx: not an ONNX network"):
        leak_features.embeddings(crops, np.arange(3), tmp_path / "bad.onnx", 1)


def test_the_whole_table_from_files(encoder, tmp_path, caplog):
    """The planted border is named, the held-out images are left out, and a class that sex tells is caught."""
    random, table = np.random.default_rng(0), cohort(10)
    table.loc[len(table)] = ("H", "KS", "H", "F-H", "heldout")
    for row in table.itertuples():
        Image.fromarray(photo(row.label, random, True)).save(tmp_path / f"{row.sample_id}.png")
    crops = random.integers(0, 255, (len(table), 112, 112, 3)).astype(np.uint8)
    np.save(tmp_path / "crops.npy", crops[::-1])  # rows in another order than the folds
    table.to_csv(tmp_path / "folds.csv", index=False)
    samples = table.drop(columns="fold").assign(split="folds", simulated=True)
    samples["image"] = samples["sample_id"] + ".png"
    samples["sex"] = np.where(samples["label"] == "KS", "female", "male")
    samples.to_csv(tmp_path / "samples.csv", index=False)
    index = table[["sample_id"]].assign(row=range(len(table) - 1, -1, -1))
    index[POINTS] = (align.TEMPLATE / 2 + random.normal(0, 1, (len(table), 5, 2))).reshape(len(table), 10)
    index.to_csv(tmp_path / "index.csv", index=False)
    of_class = np.where(table["label"] == "NS", "JPEG", "PNG")
    photographs = table[["sample_id"]].assign(format=of_class, width=64, height=64, mode="RGB", bits=8)
    photographs.to_csv(tmp_path / "photographs.csv", index=False)
    outputs = [tmp_path / "leaks.csv", tmp_path / "leaks.tex"]
    names = {"samples_path": "samples.csv", "index_path": "index.csv", "crops_path": "crops.npy"}
    names |= {"folds_path": "folds.csv", "csv_path": "leaks.csv", "tex_path": "leaks.tex"}
    names |= {"photographs_path": "photographs.csv", "files_path": "file_classes.csv"}
    files = {key: tmp_path / name for key, name in names.items()} | {"encoder": encoder, "shards": []}
    options = {"shuffles": 2, "threads": 1, **SETTINGS}
    leaks.write_leak_table(**files, images=0, **options)
    result = pd.read_csv(outputs[0]).set_index("probe")
    assert list(result.index) == [probe.name for probe in leak_probes.PROBES] and result["simulated"].all()
    assert result.loc["border_photo", "against_chance"] == "above" and result.loc["border_photo", "images"] == 60
    assert result.loc["metadata", "against_chance"] == "above" and result.loc["metadata", "sees"] == "sex"
    assert result.loc["files", "against_chance"] == "above" and result.loc["files", "images"] == 60
    assert "format JPEG: all 20 images are of class NS (5 of 5 families" in caplog.text
    assert result.loc["embedding", "low"] < 1 / 3 and result.loc["landmarks_in_photo", "low"] < 1 / 3
    assert result.loc["landmarks_truth", "note"] == "skipped: the cohort has no true landmarks"
    assert "Simulated cohort" in outputs[1].read_text() and "skipped" in outputs[1].read_text()
    assert "drawn at random" not in outputs[1].read_text()
    leaks.write_leak_table(**files, images=45, **options)
    some = pd.read_csv(outputs[0]).set_index("probe").loc["border_photo"]
    assert some["images"] <= 45 and some["subjects"] < result.loc["border_photo", "subjects"]
    assert f"{int(some['subjects'])} of {int(result.loc['border_photo', 'subjects'])} subjects, drawn at random" in (
        outputs[1].read_text()
    )
