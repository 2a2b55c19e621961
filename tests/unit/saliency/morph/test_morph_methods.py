"""The registered methods of the morph, on drawn faces and a network that looks at the eyes."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from drawn_faces import CLASSES, REGIONS, cohort
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import Faces, GivenFaces
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.methods import morph
from gestalt_regions.saliency.morph.fold_model import typical_faces
from gestalt_regions.saliency.morph.kept_signs import keep, kept
from gestalt_regions.saliency.morph.shown_faces import shown_photographs, unseen_photographs
from torch import nn

VALUED = ("MatchedMorph", "MatchedMorphShapley", "Donors", "PredictedRegion", "MorphMean")


class Eyes(nn.Module):
    """Minus the brightness of the eyes, and what is not that."""

    def forward(self, x):
        eyes = x[:, :, 38:58, 24:88].mean((1, 2, 3))
        return torch.stack([-eyes, torch.zeros_like(eyes), 0.1 * eyes], 1)


def network(order="rgb"):
    channels = 1 if order == "grey" else 3
    net = StagedNetwork({"eyes": Eyes()}, ["eyes"], 3, 3)
    net.head.weight.data = torch.eye(3) * 20
    net.head.bias.data.zero_()
    preprocess = Preprocess(112, order, (127.5,) * channels, (128.0,) * channels)
    return Explainer(net.eval().requires_grad_(False), 8, preprocess)


def study(control="Control"):
    photographs, maps = cohort()
    n = len(photographs.labels)
    table = pd.DataFrame({"sample_id": [f"s{i}" for i in range(n)], "label": [CLASSES[i] for i in photographs.labels]})
    table = table.assign(subject_id=photographs.subjects, kin_group=photographs.kin, fold="1")
    table.loc[::14, "fold"] = "2"  # one face of each class is explained
    table[["yaw_measured", "pitch_measured"]] = photographs.pose
    landmarks = photographs.landmarks.astype(np.float32)
    return Faces(table, photographs.crops, landmarks, {"paper": maps}, {"paper": REGIONS}, CLASSES, control, "2")


@pytest.fixture(scope="module")
def faces():
    return study()


def explain(name, faces, rows=(0, 28), target=(0, 2), noise=None, explainer=None, **parameters):
    entry, explainer = load_methods()[name], explainer or network()
    x = explainer.input(faces.crops[list(rows)])
    x = x if noise is None else x + noise
    given = GivenFaces(faces, list(rows))
    seeds = [7 + row for row in rows]
    return entry(explainer, x, torch.tensor(target), seeds, given, entry.parameters | parameters)


@pytest.mark.parametrize("name", VALUED)
def test_means_of_the_map_are_the_values(faces, name):
    got = explain(name, faces)
    assert got.names == (*REGIONS, morph.REST, morph.OUTSIDE, morph.LEFT)
    for values, shown, row in zip(got.values, got.attribution[:, 0].numpy(), (0, 28), strict=True):
        means = [shown[faces.regions["paper"][row] == r].mean() for r in (1, 2, 3)]
        assert means == pytest.approx(values[:3], abs=1e-4)
    assert got.pictures.shape == (2, 3, 112, 112, 3)
    assert got.pictures.dtype == np.uint8
    assert got.values[0, 0] > 0.3
    assert np.abs(got.values[0, 1:3]).max() < 0.2 * got.values[0, 0]


@pytest.mark.parametrize("name", [*VALUED, "ExpectedChange"])
def test_the_same_again_gives_the_same_bytes(faces, name):
    first, second = (explain(name, each) for each in (faces, study()))
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
        return
    assert first.values.tobytes() == second.values.tobytes()
    assert first.low.tobytes() == second.low.tobytes()
    assert torch.equal(first.attribution, second.attribution)
    assert np.array_equal(first.pictures, second.pictures)


@pytest.mark.parametrize("name", VALUED)
def test_regions_and_what_no_region_explains_are_the_whole_logit(faces, name):
    got, explainer = explain(name, faces, surroundings=0), network()
    controls = faces.crops[faces.training & (faces.table["label"] == "Control").to_numpy()]
    logits = [explainer.merged(explainer.input(crops)).numpy() for crops in (faces.crops[[0, 28]], controls)]
    above = (logits[0] - logits[1].mean(0))[[0, 1], [0, 2]]
    assert got.values.sum(1) == pytest.approx(above, abs=1e-3)
    assert got.names[-1] == morph.REST


def test_an_interval_of_planted_faces_is_as_wide_for_each_face_and_changes_no_value(faces):
    with_interval, alone = (explain("MorphMean", faces, planted=count) for count in (6, 0))
    assert np.array_equal(with_interval.values, alone.values)
    assert torch.equal(with_interval.attribution, alone.attribution)
    widths = (with_interval.high - with_interval.low)[:, :4]
    assert (widths > 0).all()
    assert widths[0] == pytest.approx(widths[1])
    assert np.isnan(alone.low[:, 3]).all()


@pytest.mark.parametrize("name", VALUED)
def test_maps_alone_are_the_same_with_less_work(faces, name):
    entry = load_methods()[name]
    assert "surroundings" in entry.beside_maps
    alone = explain(name, faces, **entry.for_maps_alone({}))
    assert torch.equal(alone.attribution, explain(name, faces).attribution)


def test_signs_are_planted_on_photographs_that_the_network_has_not_seen(faces):
    unseen = unseen_photographs(faces)
    assert len(unseen) == (faces.table["fold"] == "2").sum()
    assert [CLASSES[label] for label, _ in unseen] == faces.table["label"][faces.table["fold"] == "2"].tolist()
    assert np.array_equal(unseen[1][1].crop, faces.crops[14])
    of_all = replace(faces, fold="3")
    assert len(unseen_photographs(of_all)) == of_all.training.sum() == len(faces.table)
    table = faces.table.copy()
    table.loc[(table["fold"] == "2") & (table["label"] == "Control"), "fold"] = "1"
    labels = [CLASSES[label] for label, _ in unseen_photographs(replace(faces, table=table))]
    assert labels.count("Control") == (table["label"] == "Control").sum()
    assert labels.count("Other") == ((table["label"] == "Other") & (table["fold"] == "2")).sum() > 0


def test_a_stored_crop_is_shown_to_the_byte_and_noise_in_its_grey_levels(faces):
    for order in ("rgb", "bgr"):
        explainer = network(order)
        x, given = explainer.input(faces.crops[:2]), GivenFaces(faces, [0, 1])
        assert np.array_equal(shown_photographs(explainer, x, given), faces.crops[:2])
        noisy = np.clip(faces.crops[:2].astype(int) + np.array([3, -2, 5]), 0, 255).astype(np.uint8)
        assert np.array_equal(shown_photographs(explainer, explainer.input(noisy), given), noisy)


def test_an_image_that_is_changed_is_explained_as_it_is(faces):
    plain = explain("MatchedMorph", faces, draws=0, surroundings=0)
    noise = torch.zeros(2, 3, 112, 112)
    noise[:, :, 38:58, 24:88] = -0.2
    changed = explain("MatchedMorph", faces, noise=noise, draws=0, surroundings=0)
    assert changed.pictures[0, 0, 45:50, 50:60].mean() < plain.pictures[0, 0, 45:50, 50:60].mean() - 15


def test_the_change_alone_knows_no_network_and_is_where_classes_differ(faces):
    got = explain("ExpectedChange", faces, rows=(0,), target=(0,))
    other = explain("ExpectedChange", faces, rows=(0,), target=(0,), explainer=network("bgr"))
    assert torch.equal(got, other)
    change, regions = got[0, 0].numpy(), faces.regions["paper"][0]
    assert change[regions == 1].mean() > 3 * max(change[regions == r].mean() for r in (2, 3))
    assert not explain("ExpectedChange", faces, rows=(14,), target=(1,)).any()


def test_times_change_is_a_map_times_the_change(faces):
    got = explain("TimesChange", faces, of="Gradient").numpy()[:, 0]
    assert got.shape == (2, 112, 112)
    assert (got >= 0).all() and got.any()
    assert not got[:, 70:].any()  # the network does not look there, though faces change
    with pytest.raises(
        InputError, match="no saliency method 'Gradeint' that takes images alone; did you mean Gradient"
    ):
        explain("TimesChange", faces, of="Gradeint")
    with pytest.raises(InputError, match="no saliency method 'MatchedMorph' that takes images alone"):
        explain("TimesChange", faces, of="MatchedMorph")


def test_towards_another_class_and_without_a_control(faces):
    towards = explain("MatchedMorph", faces, towards="Other", draws=0)
    assert towards.values[0, 0] > 1 and set(towards.towards) == {"Other"}
    alone = explain("MatchedMorph", study(control=""), draws=0)
    assert alone.values[0, 0] > 1 and set(alone.towards) == {"the other classes"}
    with pytest.raises(InputError, match="'Nobody' is no class of the network"):
        explain("MatchedMorph", faces, towards="Nobody")


def test_region_maps_that_are_not_there_are_told(faces):
    with pytest.raises(InputError, match="no maps of region set 'papr'; did you mean paper"):
        explain("MatchedMorph", faces, regions="papr")


def test_what_is_typical_is_learned_once_and_from_training_photographs_alone(faces):
    assert typical_faces(faces) is typical_faces(faces)
    assert 0 not in faces.made["training rows"]
    assert len(faces.made["training rows"]) == faces.training.sum()


@pytest.mark.parametrize("name", ["MorphMean", "Donors"])
def test_what_is_kept_in_a_file_explains_alike_and_asks_no_training_photograph_again(
    faces, name, tmp_path, monkeypatch
):
    first = network()
    before = explain(name, replace(faces, made={}), explainer=first)
    made = replace(faces, made={})
    explain(name, made, explainer=first)
    keep(tmp_path / "signs.npz", made, morph.LEVELS[first])
    again, second = replace(faces, made={}), network()
    morph.LEVELS[second] = kept(tmp_path / "signs.npz", again)
    monkeypatch.setattr("gestalt_regions.saliency.morph.fold_model.TypicalFaces", None)  # nothing is made again
    monkeypatch.setattr("gestalt_regions.saliency.morph.planted_faces.planted_errors", None)
    after = explain(name, again, explainer=second)
    assert np.array_equal(before.values, after.values)
    assert np.array_equal(before.low, after.low, equal_nan=True)
    assert np.array_equal(before.pictures, after.pictures)
    assert (tmp_path / "signs.npz").stat().st_size < typical_faces(made).textures.nbytes


class Hostile:
    def __reduce__(self):
        return print, ("run",)


def _of_another_kind():
    array = np.empty(1, object)
    array[0] = Hostile()
    return {"structure": array}


@pytest.mark.parametrize(
    "arrays",
    [
        _of_another_kind(),
        {"structure": np.array(json.dumps(["TypicalFaces"]))},
        {"structure": np.array(json.dumps(["os.system", 0]))},
        {"structure": np.array(json.dumps(["array", "9", False]))},
        {"other": np.zeros(1)},
    ],
)
def test_a_file_of_signs_that_holds_anything_else_is_refused(faces, tmp_path, capsys, arrays):
    np.savez(tmp_path / "signs.npz", **arrays)
    with pytest.raises(InputError, match="delete it and run again"):
        kept(tmp_path / "signs.npz", replace(faces, made={}))
    assert "run" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"cut", pickle.dumps(Hostile())])
def test_what_is_no_file_of_arrays_is_not_run(faces, tmp_path, capsys, content):
    (tmp_path / "signs.npz").write_bytes(content)
    with pytest.raises(InputError, match="delete it and run again"):
        kept(tmp_path / "signs.npz", replace(faces, made={}))
    assert "run" not in capsys.readouterr().out


@pytest.mark.parametrize("name", VALUED)
def test_a_face_for_several_targets_at_once_is_explained_as_for_each_alone(faces, name):
    together = explain(name, faces, rows=(0, 0, 28), target=(2, 0, 2))
    for number, (row, target) in enumerate(((0, 2), (0, 0), (28, 2))):
        alone = explain(name, faces, rows=(row,), target=(target,))
        assert np.array_equal(together.pictures[number], alone.pictures[0])
        assert together.values[number] == pytest.approx(alone.values[0], abs=1e-6)
