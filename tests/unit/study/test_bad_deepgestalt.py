"""Bad inputs of DeepGestalt: each is refused by a message that says what to mend, or excluded or noted by name."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.statistics.deepgestalt.answers import Answers
from gestalt_regions.statistics.deepgestalt.binary_problems import binary_row, right_answers
from gestalt_regions.statistics.deepgestalt.top_accuracy import top_accuracy
from gestalt_regions.study.check_classes import why_no_folds
from gestalt_regions.study.study import load_study
from safetensors.torch import save_file

TESTS = Path(__file__).parents[2]
# bad input -> the test beside what refuses it; all others are here
ELSEWHERE = {
    "no face": "unit/faces/test_face_shards.py::test_refused_faces",
    "a profile; a face too small for the landmarks": (
        "unit/faces/test_dense_alignment.py::test_faces_too_turned_or_too_small_are_refused"
    ),
    "landmarks that are no face": "unit/faces/test_dense_alignment.py::test_points_on_one_line_are_refused",
    "an aggregate of itself, of an unknown model, of another aggregate, of other backbones, with a part of its own": (
        "unit/study/test_experts.py::test_what_is_no_aggregate_is_named"
    ),
    "GradCam of an aggregate": "unit/study/test_experts.py::test_methods_that_need_a_layer_are_refused",
    "experts of other classes or other images": (
        "unit/models/test_aggregate.py::test_experts_that_do_not_fit_together_are_named"
    ),
}


@pytest.mark.parametrize("test", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_the_others_have_theirs(test):
    file, function = test.split("::")
    assert re.search(rf"^def {function}\(", (TESTS / file).read_text(), re.MULTILINE)


@pytest.fixture
def gestalt(config):
    """The config of a study of two experts."""
    expert = {"backbone": "deepgestalt", "recipe": "deepgestalt_quick"}
    config["models"] = {name: {**expert, "options": {"part": name}} for name in ("eyes", "mouth")}
    return config


def problem(**more) -> dict:
    return {"binary": [{"positive": "NS", **more}]}


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("models", {"eyes": {"options": {"part": "ear"}}}, r"models\.eyes\.options\.part.*'ear'.*(mean|allowed)"),
        (
            "models",
            {"eyes": {"options": {"weights": "no.pth"}}},
            r"models\.eyes\.options\.weights: 'no\.pth' is no file",
        ),
        ("gestalt", {"reference": "eye"}, r"gestalt\.reference: no model 'eye'; did you mean eyes"),
        (
            "gestalt",
            problem(negative=["KS", "NS"]),
            r"gestalt\.binary\.0: 'NS' is positive and negative; leave one out",
        ),
        (
            "gestalt",
            problem(stated=[{"name": "A", "accuracy": 71}]),
            r"binary\.0\.stated\.0\.accuracy': 71 is greater than the maximum of 1",
        ),
        (
            "gestalt",
            problem(stated=[{"name": "A", "accuracy": -0.1}]),
            r"stated\.0\.accuracy': -0\.1 is less than the minimum of 0",
        ),
        ("gestalt", problem(stated=[{"accuracy": 0.7}]), r"gestalt\.binary\.0\.stated\.0.*name"),
        ("gestalt", {"top": [0]}, r"gestalt\.top\.0': 0 is less than the minimum of 1"),
        (
            "recipes",
            {"deepgestalt_quick": {"dropout": 1}},
            r"deepgestalt_quick\.dropout': 1 is greater than or equal to the maximum",
        ),
        (
            "recipes",
            {"deepgestalt_quick": {"head_init": 0}},
            r"deepgestalt_quick\.head_init': 0 is less than or equal to the minimum",
        ),
        (
            "recipes",
            {"deepgestalt_quick": {"augment": {"shear": 90}}},
            r"quick\.augment\.shear': 90 is greater than or equal to the maximum of 90",
        ),
        (
            "recipes",
            {"deepgestalt_quick": {"augment": {"shift": -0.05}}},
            r"quick\.augment\.shift': -0\.05 is less than the minimum of 0",
        ),
        (
            "recipes",
            {"deepgestalt_quick": {"frozen_stages": 9}},
            r"deepgestalt_quick\.frozen_stages is 9; models\.eyes \(deepgestalt\) has \d stages",
        ),
    ],
)
def test_a_config_is_refused_by_its_key(gestalt, root, section, change, message):
    def merge(old: dict, new: dict) -> None:
        for key, value in new.items():
            if isinstance(value, dict):
                merge(old.setdefault(key, {}), value)
            else:
                old[key] = value

    merge(gestalt.setdefault(section, {}), change)
    with pytest.raises(InputError, match=message):
        load_study(gestalt, root)


@pytest.mark.parametrize(
    ("change", "classes", "message"),
    [
        (problem(stated=[{"name": "A", "accuracy": 0.7}]), {"KS": 5}, r"gestalt\.binary: no class 'NS' in the folds"),
        (problem(negative=["KZ"]), {"KS": 5, "NS": 5}, r"gestalt\.binary: no class 'KZ' in the folds; did you mean KS"),
        (
            problem(),
            {"NS": 1},
            r"too few families for 5 folds .*: NS \(1\)\. .*add photographs, or leave the class out",
        ),
        (problem(), {}, r"all images of the folds are 'Unaffected'; a network needs two classes or more"),
        ({"top": [5, 3]}, {"KS": 5, "NS": 5}, r"gestalt\.top: of 3 classes \[5, 3\] is always right; add 1"),
    ],
)
def test_a_cohort_that_does_not_fit_is_refused_before_the_first_job(gestalt, root, change, classes, message):
    gestalt["gestalt"] = change
    rows = [(label, f"{label}{i}") for label, count in (classes | {"Unaffected": 5}).items() for i in range(count)]
    samples = pd.DataFrame(rows, columns=["label", "sample_id"]).assign(split="folds", subject_id=lambda t: t.sample_id)
    assert re.search(
        message, why_no_folds(load_study(gestalt, root).config, samples.assign(kin_group=samples.sample_id))
    )


class Hostile:
    def __reduce__(self):
        return print, ("this was run",)


def written(path: Path, kind: str) -> str:
    """A file of weights that are none of an expert's."""
    torch.manual_seed(0)
    state = {key: value.contiguous() for key, value in build(4, 0.0, "", {})[0].state_dict().items()}
    if kind == "shapes":
        state["stages.conv2.0.weight"] = state["stages.conv2.0.weight"][:, :3].contiguous()
    elif kind == "names":
        state = {f"net.{key}": value for key, value in state.items()}
    elif kind == "nan":
        state["stages.conv3.0.weight"][0] = torch.nan
    if kind == "pickle":
        path = path.with_suffix(".pkl")
        path.write_bytes(pickle.dumps({"conv1.0.weight": Hostile()}))
    elif kind == "pth":
        path = path.with_suffix(".pth")
        torch.save({"conv1.0.weight": Hostile()}, path)
    else:
        save_file(state, path)
    if kind == "truncated":
        path.write_bytes(path.read_bytes()[:-1000])
    return str(path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "shapes",
            r"w\.safetensors: not the weights of this network; .*conv2\.0\.weight.*models\.\*\.options\.weights",
        ),
        ("names", r"w\.safetensors: not the weights of this network; missing .*unexpected.*or leave weights out"),
        ("nan", r"w\.safetensors: 'stages\.conv3\.0\.weight' has NaN or infinite values; the file is damaged"),
        ("truncated", r"w\.safetensors: the weights could not be read safely"),
        ("pickle", r"w\.pkl: the weights could not be read safely .*asks for builtins\.print"),
        ("pth", r"w\.pth: the weights could not be read safely"),
    ],
)
def test_weights_of_an_expert_that_are_none(tmp_path, root, capsys, kind, message):
    options = {"part": "eyes", "weights": written(tmp_path / "w.safetensors", kind)}
    with pytest.raises(InputError, match=re.compile(message, re.DOTALL)):
        build(4, 0.0, str(root / "resources/face_parts.csv"), options)
    assert "this was run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("eyes,24,63,wide,129", r"parts\.csv: the box of eyes is \['24', '63', 'wide', '129'\]; it must be four whole"),
        ("eyes,24,63,,129", r"parts\.csv: the box of eyes is .* it must be four whole numbers of pixels"),
        ("eyes,24,63,20,129", r"parts\.csv: the box of eyes is \(24, 63, 20, 129\); it must lie in 0 to 224"),
        ("mouth,66,157,158,221", r"parts\.csv: no part 'eyes'; .*mouth"),
    ],
)
def test_a_table_of_parts_that_is_damaged(tmp_path, row, message):
    (tmp_path / "parts.csv").write_text(f"part,left,top,right,bottom\n{row}\n")
    with pytest.raises(InputError, match=message):
        build(4, 0.0, str(tmp_path / "parts.csv"), {"part": "eyes"})


@pytest.fixture
def answers() -> Answers:
    """Forty held-out images of A and four of B; none of C and D."""
    labels = ["A"] * 40 + ["B"] * 4
    names = [f"s{i}" for i in range(len(labels))]
    table = pd.DataFrame({"sample_id": names, "label": labels}).assign(fold="1", set="heldout", subject_id=names)
    probabilities = np.tile([0.7, 0.1, 0.1, 0.1], (len(labels), 1))
    return Answers(table.assign(kin_group=names), probabilities, list("ABCD"))


def test_two_classes_without_a_test_image_are_named(answers):
    given = {"top": [1], "reference": "m", "resamples": 100, "level": 0.95, "permutations": 99, "seed": 1}
    table = top_accuracy({"m": answers}, "heldout", **given)
    assert table["note"].tolist() == ["no image of C, D"]


def test_unequal_classes_and_a_side_without_images_are_not_taken_for_skill(answers):
    """Who always says A is right in 40 of 44: `majority` says the same, and what cannot be known is empty."""
    settings = {"resamples": 100, "level": 0.95, "rng": np.random.default_rng(0)}
    row, _ = binary_row(*right_answers(answers, "A", ["B", "C", "D"]), **settings)
    assert row["accuracy"] == row["majority"] == pytest.approx(40 / 44) and row["specificity"] == 0
    row, _ = binary_row(*right_answers(answers, "A", ["C", "D"]), **settings)
    assert np.isnan(row["specificity"]) and row["majority"] == row["sensitivity"] == 1
