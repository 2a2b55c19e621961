"""Use of a planted cue: networks that read the pixels it is in, or others, and the files of whole cohorts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.evaluation.across_cohorts import cue_use
from gestalt_regions.evaluation.across_cohorts.shortcuts import FACES
from gestalt_regions.evaluation.fold_networks import FoldNetwork
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.explainer import Explainer

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
SIZE, N = 8, 40
CUE, ELSEWHERE = slice(0, 4), slice(4, 8)


class Mean(torch.nn.Module):
    """The mean of some rows of pixels, [n, 1]."""

    def __init__(self, rows: slice) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, x):
        return x[:, :, self.rows].mean(dim=(1, 2, 3))[:, None]


def reads(rows, slope):
    """A network whose logit of NS is `slope` times the mean of those rows (0 to 1), and that of KS always 0."""
    network = StagedNetwork({"mean": Mean(rows)}, [], 1, 2).requires_grad_(False).eval()
    network.head.weight[:], network.head.bias[:] = torch.tensor([[0.0], [slope]]), 0
    preprocess = Preprocess(SIZE, "rgb", (0,) * 3, (255,) * 3)
    return FoldNetwork(network, preprocess, ["KS", "NS"], Explainer(network, 5), np.empty(0), torch.device("cpu"))


def cohort(strength, networks, kind="background"):
    """Every photo but each fourth carries the cue, white where the other cohort's is black; all else is noise."""
    crops = np.random.default_rng(1).integers(0, 256, (N, SIZE, SIZE, 3), dtype=np.uint8)
    carries = np.array([int(strength > 0 and i % 4 > 0) for i in range(N)])
    crops[:, CUE] = 255 * carries[:, None, None, None]
    photos = pd.DataFrame(
        {
            "subject_id": [f"p{i // 2}" for i in range(N)],
            "kin_group": [f"k{i // 3}" for i in range(N)],
            "carries": carries,
            "row": np.arange(N),
            "fold": [str(1 + i % 2) for i in range(N)],
        },
        index=[f"s{i}" for i in range(N)],
    )
    return cue_use.Cohort(kind, "NS", strength, photos, crops, networks)


def both(network):
    return {"1": network, "2": network}


def table(*cohorts):
    return cue_use.use_table(cohorts, bootstrap=BOOTSTRAP, seed=2).set_index("quantity")


def test_a_network_that_reads_the_cue_alone_uses_it_by_the_known_amount():
    found = table(cohort(0.9, both(reads(CUE, 2))), cohort(0, both(reads(CUE, 0.5))))
    logit = found.loc["logit"]
    assert logit[["drop", "plain", "difference"]].tolist() == pytest.approx([2, 0.5, 1.5])
    assert logit[["difference_low", "difference_high"]].tolist() == pytest.approx([1.5, 1.5]) and logit["uses"]
    assert found.loc["margin", "difference"] == pytest.approx(1.5)  # the other class's logit never changes
    with_cue, without = 1 / (1 + np.exp(-2)), 0.5
    assert found.loc["probability", "drop"] == pytest.approx(with_cue - without)
    assert found.loc["recognised", ["drop", "plain", "difference"]].tolist() == [1, 1, 0]  # a tie is not recognised
    assert logit[["images", "subjects", "groups", "left_out"]].tolist() == [30, 20, 14, 0]


def test_a_network_that_ignores_the_cue_does_not_use_it():
    found = table(cohort(0.9, both(reads(ELSEWHERE, 2))), cohort(0, both(reads(ELSEWHERE, 3))))
    assert (found[["drop", "plain", "difference", "difference_low", "difference_high"]] == 0).all(axis=None)
    assert not found["uses"].any()


def test_what_the_changed_picture_alone_does_is_no_use():
    found = table(cohort(0.9, both(reads(CUE, 2))), cohort(0, both(reads(CUE, 2.5))))
    assert found.loc["logit", ["drop", "difference"]].tolist() == pytest.approx([2, -0.5])
    assert not found["uses"].any()


def test_each_photo_is_judged_by_the_network_of_its_own_fold_in_each_cohort():
    cued = cohort(0.9, {"1": reads(CUE, 1), "2": reads(CUE, 4)})
    plain = cohort(0, {"1": reads(CUE, 0), "2": reads(CUE, 0.9)})
    plain.photos["fold"] = "2"
    line = table(cued, plain).loc["logit"]  # 10 of the 30 carriers are in fold 1
    assert line[["drop", "plain"]].tolist() == pytest.approx([3, 0.9])
    assert line["difference_low"] < line["difference"] < line["difference_high"]


def test_photos_that_one_cohort_lacks_are_counted_and_rows_of_the_stacks_may_differ():
    cued, plain = cohort(0.9, both(reads(CUE, 2))), cohort(0, both(reads(CUE, 0)))
    cued.photos.loc["s1", ["row", "fold"]] = np.nan
    others = plain.photos.assign(row=N - 1 - plain.photos["row"]).drop(index="s2")
    others.loc["s3", "carries"] = 1
    turned = cue_use.Cohort("background", "NS", 0, others, plain.crops[::-1], plain.networks)
    line = table(cued, turned).loc["logit"]
    assert (line["images"], line["left_out"]) == (27, 3) and line["difference"] == pytest.approx(2)
    noise = table(cohort(0.9, both(reads(ELSEWHERE, 2))), turned).loc["logit"]
    assert noise["drop"] == 0  # each photo beside itself


def test_a_cohort_without_one_of_strength_0_is_left_out_and_said_so(caplog):
    smile = cohort(0.5, both(reads(CUE, 2)), "smile")
    found = table(cohort(0.9, both(reads(CUE, 2))), cohort(0, both(reads(CUE, 0))), smile)
    assert set(found["kind"]) == {"background"} and "smile 0.5, class NS: a cohort of strength 0" in caplog.text
    lacking = cohort(0.9, both(reads(CUE, 2)))
    lacking.photos["row"] = np.nan
    assert table(lacking, cohort(0, {})).empty and "no photo with the cue" in caplog.text
    assert "None." in cue_use.latex(table(smile).reset_index())


def written(folder, kind, strength, carries):
    """The files of a cohort of four photos in two folds; s3 is of another class, h of the held-out set."""
    folder.mkdir()
    names = ["s0", "s1", "s2", "s3", "h"]
    labels = ["NS", "NS", "NS", "KS", "NS"]
    samples = pd.DataFrame(
        {
            "sample_id": names,
            "label": labels,
            "subject_id": names,
            "kin_group": names,
            "split": ["folds"] * 4 + ["heldout"],
            "simulated": True,
            "shortcut": carries,
        }
    )
    samples.to_csv(folder / "samples", index=False)
    faces = samples[["sample_id"]].drop(index=1 if strength == 0 else 4)
    faces.assign(row=range(4)).to_csv(folder / "faces", index=False)
    faces.assign(fold=["1", "2", "1", "2"]).to_csv(folder / "folds", index=False)
    about = {"sample_id": "s0", "kind": kind, "class": "NS", "strength": strength}
    pd.DataFrame([about] if kind else []).reindex(columns=FACES).to_csv(folder / "tables", index=False)
    rng = np.random.default_rng(int(10 * strength))
    np.save(folder / "crops.npy", rng.integers(0, 256, (4, 100, 100, 3), dtype=np.uint8))
    return {key: str(folder / key) for key in ("tables", "samples", "faces", "folds")} | {
        "crops": str(folder / "crops.npy")
    }


def test_files_of_whole_cohorts(tmp_path, caplog):
    paths = []
    for fold in ("1", "2"):
        torch.manual_seed(int(fold))
        network, preprocess = build(2, 0.0, "", {})
        about = {"backbone": "deepgestalt", "options": {}, "classes": ["KS", "NS"], "dropout": 0.0}
        checkpoint.save(tmp_path / fold, network, replace(preprocess, size=100), about)
        paths.append(str(tmp_path / fold))
    told = [
        written(tmp_path / "cued", "background", 0.9, [1, 1, 1, 1, 1]),
        written(tmp_path / "plain", "background", 0, [0] * 5),
        written(tmp_path / "smile", "smile", 0.5, [1] * 5),
        written(tmp_path / "nobody", "", 0.3, [0] * 5),
    ]
    inputs = {key: [each[key] for each in told] for key in told[0]} | {"checkpoints": paths * len(told)}
    csv, tex = str(tmp_path / "use.csv"), str(tmp_path / "use.tex")
    cue_use.write_cue_use(
        inputs, {"csv": csv, "tex": tex}, asset="", folds=["1", "2"], batch=2, bootstrap=BOOTSTRAP, seed=1
    )
    found = pd.read_csv(csv).set_index("quantity")
    assert (found["kind"] == "background").all() and found.columns.tolist() == [
        c for c in cue_use.USE if c != "quantity"
    ]
    assert "smile 0.5" in caplog.text and "cohort left out" in caplog.text
    line = found.loc["logit"]
    assert (line["images"], line["left_out"]) == (2, 1)  # s0 and s2, both of fold 1; s1 has no face in the plain cohort
    network, preprocess, _ = checkpoint.load(paths[0], "")
    with_cue, without = (np.load(each["crops"])[rows] for each, rows in zip(told, ([0, 2], [0, 1]), strict=False))
    own = (network(preprocess(with_cue)) - network(preprocess(without)))[:, 1].mean().item()
    assert line["drop"] == pytest.approx(own, abs=1e-4)
    other, _, _ = checkpoint.load(paths[1], "")
    scores = [
        network(preprocess(with_cue[:1])) - network(preprocess(without[:1])),
        other(preprocess(with_cue[1:])) - other(preprocess(without[1:])),
    ]
    plain = torch.cat(scores)[:, 1].mean().item()
    assert line["plain"] == pytest.approx(plain, abs=1e-4)
    assert "Simulated" in open(tex).read() and "background 0.9: photographs left out: 1." in open(tex).read()
