"""New passes through a network: the drops of a fold, and maps on the untrained network, with a small random one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.perturb.region_drops import write_drops
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.saliency import engine

CLASSES, N, SIZE = ["a", "b", "c"], 4, 100


@pytest.fixture
def files(tmp_path):
    """A network, four faces of fold 1 (of s3 there is no twin), and what their photos become without a region."""
    torch.manual_seed(0)
    network, preprocess = build(len(CLASSES), 0.0, "", {})
    about = {"backbone": "deepgestalt", "options": {}, "classes": CLASSES, "dropout": 0.0}
    checkpoint.save(tmp_path / "checkpoint", network, replace(preprocess, size=SIZE), about)
    rng, boxes = np.random.default_rng(1), np.zeros((N, SIZE, SIZE), np.uint8)
    boxes[:, 20:40], boxes[:, 45:60], boxes[:, 70:90] = 1, 2, 3
    crops = rng.integers(0, 256, (N, SIZE, SIZE, 3), dtype=np.uint8)
    variants = ["face", "twin", "revert:nose", "revert:ears"]
    truth = [{"sample_id": f"s{i}", "variant": v} for i in range(N - 1) for v in variants]
    photos = np.stack([crops[int(line["sample_id"][1])] for line in truth])
    for k, line in enumerate(truth):
        photos[k] = photos[k] // {"face": 1, "twin": 3, "revert:nose": 2, "revert:ears": 1}[line["variant"]]
    for name, array in (("crops", crops), ("twins", photos), ("regions", boxes)):
        np.save(tmp_path / f"{name}.npy", array)
    pd.DataFrame(truth).rename_axis("row").reset_index().to_csv(tmp_path / "truth", index=False)
    faces = pd.DataFrame({"row": range(N), "sample_id": [f"s{i}" for i in range(N)]})
    faces.to_csv(tmp_path / "faces", index=False)
    faces.assign(fold="1", set="folds", label="a").to_csv(tmp_path / "scored", index=False)
    faces.assign(predicted=["a", "b", "c", "a"]).to_csv(tmp_path / "predictions", index=False)
    (tmp_path / "sets").write_text("paper: {about: x, boxes: yes, regions: {eyes: [], nose: [], mouth: []}}\n")
    names = ["checkpoint", "truth", "faces", "scored", "predictions", "sets"]
    paths = {name: str(tmp_path / name) for name in names} | {"asset": "", "out": str(tmp_path / "out")}
    return paths | {name: str(tmp_path / f"{name}.npy") for name in ("crops", "twins", "regions")}


def test_drops_are_those_of_the_network_for_the_answer_and_the_label(files):
    write_drops(files, files["out"], fold="1", batch=3, device="cpu")
    drops = pd.read_csv(files["out"], dtype={"fold": str})
    assert set(drops["sample_id"]) == {"s0", "s1", "s2"} and set(drops["fold"]) == {"1"}
    assert drops.groupby("sample_id")["target"].unique().map(list).tolist() == [["a"], ["b", "a"], ["c", "a"]]
    network, preprocess, _ = checkpoint.load(files["checkpoint"], "")
    photos = np.load(files["twins"])[4:8]  # of s1
    scores = network(preprocess(photos)).double()
    own = drops[(drops["sample_id"] == "s1") & (drops["target"] == "b") & (drops["way"] == "rendered")]
    own = own.set_index("region")
    for region, k in (("all", 1), ("nose", 2), ("ears", 3)):
        assert own.loc[region, "logit"] == pytest.approx((scores[0, 1] - scores[k, 1]).item(), abs=1e-5)
        soft = scores.softmax(1)
        assert own.loc[region, "probability"] == pytest.approx((soft[0, 1] - soft[k, 1]).item(), abs=1e-6)
    assert own.loc["ears", "logit"] == 0 != own.loc["nose", "logit"]  # nothing changes there in this picture
    filled = drops[drops["way"] != "rendered"]
    assert set(filled["way"]) == {"mean", "blur", "inpaint"}
    assert set(filled["region"]) == {"eyes", "nose", "mouth", "all"} and (filled["logit"] != 0).all()


def explain(files, folder, name="Gradient", fold="1", **more):
    outputs = {key: f"{files['out']}-{folder}.{suffix}" for key, suffix in (("maps", "npy"), ("index", "csv"))}
    engine.explain_fold(
        files | {"explained": files["scored"]} | more,
        outputs,
        name=name,
        settings={},
        fold=fold,
        seed=5,
        batch=4,
        device="cpu",
    )
    return np.load(outputs["maps"]), pd.read_csv(outputs["index"]), outputs["index"]


def test_untrained_maps_are_of_another_network_and_of_the_trained_ones_classes(files):
    trained, index, path = explain(files, "trained")
    told = index.assign(target=["c", "b", "a", "b"])
    told.iloc[::-1].to_csv(path, index=False)  # by sample, whatever the order
    maps, untrained, _ = explain(files, "untrained", trained=path)
    assert untrained["target"].tolist() == ["c", "b", "a", "b"]
    correlation = np.corrcoef(trained[:, 0].ravel(), maps[:, 0].ravel())[0, 1]
    assert np.isfinite(maps).all() and abs(correlation) < 0.2
    again, _, _ = explain(files, "again", trained=path)
    assert (again == maps).all()
    told.iloc[1:].to_csv(path, index=False)
    with pytest.raises(InputError, match="'s0' is missing"):
        explain(files, "lacking", trained=path)


def test_random_maps_of_a_face_differ_by_fold_and_a_methods_own_noise_does_not(files):
    """Here one network stands for both folds, so that only the noise can differ."""
    scored = pd.read_csv(files["scored"], dtype={"fold": str})
    pd.concat([scored, scored.assign(fold="2")]).to_csv(files["scored"], index=False)
    for name, alike in (("Random", False), ("SmoothGrad", True)):
        first, second = (explain(files, f"{name}{fold}", name=name, fold=fold)[0] for fold in ("1", "2"))
        assert all(np.array_equal(*pair) == alike for pair in zip(first, second, strict=True)), name
