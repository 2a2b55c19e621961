"""What a method is given beside the image, and what it may give beside a map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.saliency import engine, method_registry
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import VALUE_COLUMNS, Explanation
from gestalt_regions.saliency.given_faces import for_faces, open_faces

N, SIDE = 6, 100


@pytest.fixture
def files(tmp_path):
    """Six faces, two in each of folds 1 and 2, one held out, one in no fold."""
    rng = np.random.default_rng(0)
    points = [40, 50, 60, 50, 50, 60, 42, 75, 58, 75]
    columns = [f"{axis}{i}" for i in range(1, 6) for axis in "xy"]
    index = pd.DataFrame([points] * N, columns=columns).assign(row=range(N), sample_id=[f"s{i}" for i in range(N)])
    index.to_csv(tmp_path / "index.csv", index=False)
    folds = pd.DataFrame({"sample_id": [f"s{i}" for i in range(N - 1)], "fold": ["1", "1", "2", "2", "heldout"]})
    folds = folds.assign(label=list("aabba"), subject_id=list("uvwxy"), kin_group=list("uvwxy"))
    folds.to_csv(tmp_path / "folds.csv", index=False)
    np.save(tmp_path / "crops.npy", rng.integers(0, 256, (N, SIDE, SIDE, 3), dtype=np.uint8))
    np.save(tmp_path / "landmarks.npy", np.full((N, 106, 2), 56, np.float32))
    np.save(tmp_path / "paper.npy", rng.integers(0, 4, (N, SIDE, SIDE), dtype=np.uint8))
    (tmp_path / "sets.yaml").write_text("paper: {about: x, boxes: true, regions: {eyes: [], nose: [], mouth: []}}\n")
    names = {"index": "index.csv", "folds": "folds.csv", "landmarks": "landmarks.npy", "sets": "sets.yaml"}
    return {key: str(tmp_path / name) for key, name in {**names, "regions_paper": "paper.npy"}.items()}


def opened(files, tmp_path):
    return open_faces(files, str(tmp_path / "crops.npy"), fold="1", classes=["a", "b"], control="b")


def test_the_photographs_of_the_other_folds_are_the_training_ones(files, tmp_path):
    faces = opened(files, tmp_path)
    assert faces.table["sample_id"][faces.training].tolist() == ["s2", "s3"]
    assert faces.table["fold"].tolist() == ["1", "1", "2", "2", "heldout", ""]
    assert faces.names == {"paper": ("eyes", "nose", "mouth")}
    assert faces.table["yaw_measured"].tolist() == pytest.approx([0] * N)


def test_landmarks_are_in_pixels_of_the_crops(files, tmp_path):
    assert opened(files, tmp_path).landmarks == pytest.approx(np.full((N, 106, 2), 56 * SIDE / 112))


def test_landmarks_of_another_number_of_faces_are_refused(files, tmp_path):
    np.save(files["landmarks"], np.zeros((N - 1, 106, 2), np.float32))
    with pytest.raises(InputError, match=r"landmarks\.npy has 5 faces"):
        opened(files, tmp_path)


def test_only_prefixed_inputs_are_for_faces():
    inputs = {"crops": "c.npy", "faces_index": "i.csv", "faces": "f.csv", "faces_regions_fine": "r.npy"}
    assert for_faces(inputs) == {"index": "i.csv", "regions_fine": "r.npy"}


@pytest.fixture
def planted(monkeypatch):
    """A method that gives the row of each image as the value of its regions, and a picture of that grey level."""
    monkeypatch.setattr(method_registry, "METHODS", dict(method_registry.load_methods()))
    asked: list[int] = []

    @method_registry.method(
        "Planted",
        family="morph",
        attribution="global",
        paper="none",
        takes=("training", "regions"),
        pictures=True,
        keeps=lambda path, _, faces: Path(path).write_text(f"{faces.fold} {sorted(set(asked))}"),
    )
    def planted(explainer, x, target, seeds, faces):
        asked.extend(target.tolist())
        rows = np.array(faces.rows, float)
        assert torch.equal(explainer.input(faces.faces.crops[faces.rows]), x)
        values = rows[:, None] + np.array([0.0, 0.5])
        pictures = (
            np.zeros((len(x), 1, SIDE, SIDE, 3), np.uint8) + np.array(faces.rows, np.uint8)[:, None, None, None, None]
        )
        maps = torch.ones(len(x), 1, SIDE, SIDE) * torch.tensor(rows).float().view(-1, 1, 1, 1)
        return Explanation(maps, ("eyes", "outside"), values, values - 1, values + 1, pictures, ("b",) * len(x))

    return planted


def test_values_and_pictures_are_stored_beside_the_maps(files, tmp_path, planted):
    torch.manual_seed(0)
    network, preprocess = build(2, 0.0, "", {})
    facts = {"backbone": "deepgestalt", "options": {}, "classes": ["a", "b"], "dropout": 0.0}
    checkpoint.save(tmp_path / "c.safetensors", network, replace(preprocess, size=SIDE), facts)
    explained = pd.DataFrame(
        {"fold": "1", "sample_id": ["s4", "s0", "s1"], "row": [4, 0, 1], "set": "folds", "label": "a"}
    )
    explained.to_csv(tmp_path / "explained.csv", index=False)
    inputs = {"checkpoint": "c.safetensors", "crops": "crops.npy", "explained": "explained.csv"}
    inputs = {key: str(tmp_path / name) for key, name in inputs.items()} | {"asset": ""}
    inputs |= {f"faces_{key}": path for key, path in files.items()}
    names = {
        "maps": "m.npy",
        "index": "m.csv",
        "values": "m_values.csv",
        "pictures": "m_pictures.npy",
        "signs": "m.npz",
    }
    outputs = {key: str(tmp_path / name) for key, name in names.items()}
    engine.explain_fold(
        inputs, outputs, name="Planted", settings={}, fold="1", seed=5, batch=8, device="cpu", control="b"
    )
    values = pd.read_csv(outputs["values"])
    assert values.columns.tolist() == VALUE_COLUMNS
    assert values["sample_id"].tolist() == ["s4", "s4", "s0", "s0", "s1", "s1"]
    assert set(values["towards"]) == {"b"}
    assert values["region"].tolist() == ["eyes", "outside"] * 3
    assert values["value"].tolist() == [4, 4.5, 0, 0.5, 1, 1.5]
    assert (values["high"] - values["low"]).tolist() == [2] * 6
    pictures = np.load(outputs["pictures"])
    assert pictures.shape == (3, 1, SIDE, SIDE, 3)
    assert pictures[:, 0, 0, 0, 0].tolist() == [4, 0, 1]
    assert np.load(outputs["maps"])[:, 0, 5, 5].tolist() == [4, 0, 1]
    assert Path(outputs["signs"]).read_text() == "1 [0, 1]"  # of every class, also one that no face was taken for


def test_a_method_takes_only_what_there_is():
    with pytest.raises(ValueError, match=r"takes .'teeth'"):
        method_registry.method("Any", family="morph", attribution="global", paper="none", takes=("teeth",))


def test_an_explainer_without_preprocess_cannot_show_photographs():
    with pytest.raises(ValueError, match="has no preprocess"):
        Explainer(build(2, 0.0, "", {})[0], 8).input(np.zeros((1, SIDE, SIDE, 3), np.uint8))
