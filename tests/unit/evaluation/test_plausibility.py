"""Pictures that are faces and pictures that are none, told apart by planted features and a planted detector."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.evaluation.perturb.drop_tables import Resampled
from gestalt_regions.evaluation.perturb.plausibility import PICTURES, plausibility_table, write_plausibility
from gestalt_regions.evaluation.perturb.plausible_pictures import (
    distance_to_nearest,
    features,
    write_pictures,
)
from gestalt_regions.evaluation.perturb.stored_pictures import stored_pictures
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build

CLASSES, N, SIZE = ["a", "b", "Unaffected"], 12, 100
NAMES = {"eyes": 1, "nose": 2, "mouth": 3}
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


def test_the_distance_is_the_mean_cosine_distance_to_the_nearest():
    real = np.array([[2.0, 0], [0, 3], [-1, 0], [0, -5]])
    found = distance_to_nearest(np.array([[7.0, 0], [1, 1]]), real, count=2)
    assert found == pytest.approx([(0 + 1) / 2, 1 - np.sqrt(0.5)])
    assert distance_to_nearest(np.array([[1.0, 0]]), real[:1], count=5) == pytest.approx([0])


class Dark:
    """Finds one face in a picture, two in a bright one, none in a dark one."""

    def detect(self, picture, size):
        assert size == 64
        return [[], [0], [0, 0]][int(picture.mean() > 60) + int(picture.mean() > 200)]


@pytest.fixture
def files(tmp_path):
    """A network and twelve faces, two of each family; those of class a and b are judged, s0 has no twin."""
    torch.manual_seed(0)
    network, preprocess = build(len(CLASSES), 0.0, "", {})
    about = {"backbone": "deepgestalt", "options": {}, "classes": CLASSES, "dropout": 0.0}
    checkpoint.save(tmp_path / "checkpoint", network, replace(preprocess, size=SIZE), about)
    boxes, crops = np.zeros((N, SIZE, SIZE), np.uint8), np.random.default_rng(1).integers(90, 160, (N, SIZE, SIZE, 3))
    boxes[:, 20:40], boxes[:, 45:60] = 1, 2  # no mouth
    crops = crops.astype(np.uint8)
    faces = pd.DataFrame({"row": range(N), "sample_id": [f"s{i}" for i in range(N)]})
    faces.to_csv(tmp_path / "faces", index=False)
    labels = [CLASSES[i // 4] for i in range(N)]
    who = {"label": labels, "subject_id": faces["sample_id"], "kin_group": [f"k{i // 2}" for i in range(N)]}
    samples = faces[["sample_id"]].assign(**who, split="folds", simulated=True, image="x.png")
    samples.to_csv(tmp_path / "samples", index=False)
    faces.assign(fold="1", set="folds", label=labels).to_csv(tmp_path / "scored", index=False)
    truth = pd.DataFrame(
        [{"sample_id": f"s{i}", "variant": v} for i in (1, 2, 5) for v in ("face", "twin", "revert:eyes")]
    )
    truth.rename_axis("row").reset_index().to_csv(tmp_path / "truth", index=False)
    twins = np.stack([crops[int(sample[1:])] for sample in truth["sample_id"]])
    values = pd.DataFrame([(i, f"s{i}", region) for i in range(8) for region in ("eyes", "nose", "outside")])
    values.set_axis(["row", "sample_id", "region"], axis=1).to_csv(tmp_path / "values", index=False)
    pictures = np.stack([np.stack([crops[i], crops[i] // 9]) for i in range(8)])  # eyes untouched, nose: all dark
    for name, array in (("crops", crops), ("regions", boxes), ("twins", twins), ("pictures", pictures)):
        np.save(tmp_path / f"{name}.npy", array)
    paths = {name: str(tmp_path / name) for name in ("faces", "samples", "scored", "truth", "values")}
    paths |= {name: str(tmp_path / f"{name}.npy") for name in ("crops", "regions", "twins", "pictures")}
    return paths | {"checkpoints": [str(tmp_path / "checkpoint")], "asset": "", "out": str(tmp_path / "out.csv")}


def judged(files, without=()):
    inputs = {key: path for key, path in files.items() if key not in without}
    networks = networks_of_folds(inputs, folds=["1"], batch=5, device="cpu")
    stored = stored_pictures(["Morph"], ["1"], [files["values"]], [files["pictures"]])
    options = dict(networks=networks, stored=stored, names=NAMES, size=64, control="Unaffected")
    write_pictures(inputs, files["out"], detector=Dark(), **options)
    return networks, pd.read_csv(files["out"])


def test_each_picture_is_judged_beside_its_photograph(files):
    networks, table = judged(files)
    assert list(table) == PICTURES and set(table["sample_id"]) == {"s1", "s2", "s5"}
    of = table[table["sample_id"] == "s5"].set_index(["way", "region"])
    assert set(of.index) == {("photograph", "all"), ("rendered", "eyes"), ("rendered", "all")} | {
        ("Morph", "eyes"),
        ("Morph", "nose"),
        *((fill, region) for fill in ("mean", "blur", "inpaint") for region in ("eyes", "nose", "all")),
    }
    crops = np.load(files["crops"])
    real = features(networks["1"], crops, 5)
    kin = np.arange(N) // 2 != 2  # neither the face itself nor its sibling s4
    own = distance_to_nearest(real[5:6], real[kin])[0]
    assert of.loc[("photograph", "all"), "distance"] == pytest.approx(own, rel=1e-5)
    assert of.loc[("Morph", "eyes"), "distance"] == pytest.approx(own, rel=1e-5)
    assert of.loc[("Morph", "nose"), "distance"] > own and of.loc[("mean", "all"), "distance"] > own
    assert of["faces_found"].drop(("Morph", "nose")).eq(1).all() and of.loc[("Morph", "nose"), "faces_found"] == 0


def test_without_counterfactuals_all_affected_faces_are_judged(files):
    _, table = judged(files, without=("twins", "truth"))
    assert set(table["sample_id"]) == {f"s{i}" for i in range(8)} and "rendered" not in set(table["way"])


def test_a_face_without_a_stored_picture_is_named(files):
    table = pd.read_csv(files["values"])
    table[table["sample_id"] != "s5"].to_csv(files["values"], index=False)
    with pytest.raises(InputError, match="sample_id 's5' is missing"):
        judged(files)


def planted(rng, faces=40):
    """Morphs lie .1 further off than their photographs and fills 1; in one of four fills are two faces."""
    rows = []
    for i in range(faces):
        face = {"sample_id": f"s{i}", "fold": "1", "set": "folds", "label": "a"}
        own = rng.uniform(1, 2)
        rows.append({**face, "way": "photograph", "region": "all", "distance": own, "faces_found": 1})
        for region, more in (("eyes", 0), ("nose", 0.01), ("ears", 50)):
            rows.append({**face, "way": "Morph", "region": region, "distance": own + 0.1 + more, "faces_found": 1})
        rows.append({**face, "way": "mean", "region": "eyes", "distance": own + 1, "faces_found": [2, 1, 1, 1][i % 4]})
    return pd.DataFrame(rows)[PICTURES]


@pytest.fixture
def resampled():
    samples = pd.DataFrame({"sample_id": [f"s{i}" for i in range(40)]})
    who = "p" + (samples.index // 2).astype(str)
    return Resampled(samples.assign(subject_id=who, kin_group=who), BOOTSTRAP, 5)


def test_the_table_has_means_over_the_published_regions_with_intervals(resampled):
    pictures = planted(np.random.default_rng(2))
    table = plausibility_table(pictures, list(NAMES), resampled).set_index(["way", "region", "measure"])
    added = table.xs("distance_added", level="measure")
    assert added.loc[("Morph", "regions"), "value"] == pytest.approx(0.105)  # ears are no published region
    assert added.loc[("Morph", "nose"), ["value", "low", "high"]].tolist() == pytest.approx([0.11] * 3)
    assert (
        added.loc[("mean", "eyes"), "value"] == pytest.approx(1)
        and "photograph" not in added.index.levels[0][added.index.codes[0]]
    )
    one = table.loc[("mean", "regions", "one_face")]
    assert one["value"] == 0.75 and 0.5 < one["low"] < 0.75 < one["high"] <= 1
    assert (one["pictures"], one["images"], one["subjects"]) == (40, 40, 20)
    every = table.loc[("Morph", "regions", "one_face")]
    assert (every["pictures"], every["value"]) == (80, 1) and np.isnan(every["low"]) and np.isnan(every["high"])
    photographs = table.loc[("photograph", "all", "distance")]
    assert photographs["low"] < photographs["value"] == pytest.approx(pictures["distance"][::5].mean())


def test_a_study_whose_faces_are_given_has_no_share_of_faces_found(tmp_path, resampled):
    pictures = planted(np.random.default_rng(2)).assign(faces_found=np.nan)
    pictures.to_csv(tmp_path / "pictures.csv", index=False)
    samples = resampled.samples.assign(label="a", split="folds", simulated=False)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    paths = [str(tmp_path / f"{name}.csv") for name in ("pictures", "samples", "table")]
    write_plausibility(*paths, names=list(NAMES), bootstrap=BOOTSTRAP, seed=5)
    table = pd.read_csv(paths[2])
    assert set(table["measure"]) == {"distance", "distance_added"} and not table["simulated"].any()
