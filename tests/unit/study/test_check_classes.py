"""What a table tells of folds before the first job: control class, families, classes that the config names."""

from __future__ import annotations

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.check_classes import (
    check_labels,
    never_learned,
    why_no_fine_tuning,
    why_no_folds,
)
from gestalt_regions.study.cohort_look import look_at_cohort
from gestalt_regions.study.study import load_study


def table(rows: str) -> pd.DataFrame:
    """Samples of lines "label split kin_group"; each is a person."""
    parts = [line.split() for line in rows.strip().splitlines()]
    samples = pd.DataFrame(parts, columns=["label", "split", "kin_group"])
    samples["sample_id"] = samples["subject_id"] = [f"s{i}" for i in range(len(samples))]
    return samples


def many(*labels: str, split: str = "folds", count: int = 5) -> str:
    return "".join(f"{label} {split} {label}{split}{i}\n" for label in labels for i in range(count))


@pytest.fixture
def study(root, config):
    return load_study(config, root).config


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (many("KS", "NS"), r"no image of the folds is 'Unaffected'\. .*KS 5, NS 5.*as control.*arc_tables"),
        (many("KS", "unaffected"), r"'Unaffected'; did you mean unaffected"),
        (many("KS", "NS") + many("Unaffected", split="heldout"), r"'Unaffected' is held out only"),
        (many("KS", "Unaffected", split="heldout"), r"no image of the cohort has split 'folds'"),
        (many("Unaffected"), r"all images of the folds are 'Unaffected'"),
        (many("KS", "Unaffected") + many("NS", count=1), r"too few families for 5 folds .*: NS \(1\)\. .*leave the"),
        (many("KS", "Unaffected") + many("NS", count=3), r"NS \(3\)\..* set folds\.n to 3 or less"),
        (many("KS", "Unaffected") + "NS folds a\n" * 9, r"too few families.*NS \(1\)"),
    ],
)
def test_what_the_table_tells(study, rows, message):
    study["saliency"]["methods"] = {"Gradient": {}}
    assert pd.Series([why_no_folds(study, table(rows))]).str.contains(message).all()


def test_a_cohort_with_enough_families_has_folds(study):
    assert why_no_folds(study, table(many("KS", "NS", "Unaffected"))) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"saliency": {"methods": {"Gradient": {"target": "Nonan"}}}},
            "Gradient.target: no class 'Nonan' in the folds",
        ),
        ({"saliency": {"methods": {"Gradient": {"target": "KS"}}}}, ""),
        ({"saliency": {"methods": {"Gradient": {"target": "true"}}}}, ""),
        ({"statistics": {"syndromes": ["NS", "WS"]}}, "statistics.syndromes: no class 'WS' in the folds; did you mean"),
        ({"statistics": {"syndromes": ["Unaffected"]}}, "statistics.syndromes: 'Unaffected' is the control class"),
        ({"statistics": {"control": ""}}, "statistics.control is empty"),
        ({"figures": {"figure6": {"classes": ["Ks"]}}}, "figures.figure6.classes: no class 'Ks' in the folds"),
        ({"gestalt": {"binary": [{"positive": "NS"}]}}, ""),
        (
            {"gestalt": {"binary": [{"positive": "NS", "negative": ["WS"]}]}},
            "gestalt.binary: no class 'WS' in the folds",
        ),
        ({"folds": {"source": "given"}}, "folds.source is given, but the cohort's table has no column fold"),
    ],
)
def test_classes_that_the_config_names(study, change, message):
    for section, values in change.items():
        study[section] |= values
    reason = why_no_folds(study, table(many("KS", "NS", "Unaffected")))
    assert (message in reason) if message else reason == ""


def test_a_simulated_cohort_is_judged_by_its_numbers(study):
    assert why_no_folds(study) == ""
    study["cohort"]["subjects_per_class"] = 4
    assert "too few families for 5 folds" in why_no_folds(study)
    study["folds"]["n"] = 4
    study["saliency"]["methods"]["Gradient"] = {"target": "Nonan"}
    assert "Gradient.target: no class 'Nonan'" in why_no_folds(study)


def test_a_person_with_two_kin_groups_makes_them_one_family(study):
    cohort = table(many("KS") + many("Unaffected"))
    assert why_no_folds(study, cohort) == ""
    cohort.loc[1, "subject_id"] = cohort.loc[0, "subject_id"]
    assert "in: KS (4)" in why_no_folds(study, cohort)


def test_classes_that_no_network_learns_are_named():
    assert never_learned(table(many("KS", "NS"))) == ""
    assert never_learned(table(many("KS") + many("NS", split="heldout"))).endswith("learns them: NS")


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("x" * 300, "has 300 characters"),
        ("a\tb", "characters that cannot be shown"),
        ("predicted", "a word that tables or config keys use"),
    ],
)
def test_labels_that_no_table_can_show(label, message):
    samples = pd.DataFrame({"label": ["KS", label], "sample_id": ["p", "q"]})
    with pytest.raises(InputError, match=f"image 'q' of the cohort 'mine'.*{message}"):
        check_labels(samples, "mine")


def test_labels_of_any_language_and_form_are_taken():
    check_labels(pd.DataFrame({"label": ['22q11.2, DS / "Noonan"', "Naïveté 😀"], "sample_id": ["p", "q"]}), "mine")


def test_given_landmarks_need_their_columns(root, config, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    lines = []
    for label in ("KS", "Unaffected"):
        for i in range(5):
            (photos / f"{label}{i}.jpg").write_bytes(b"")
            lines.append(f"{label}{i}.jpg,{label}\n")
    (tmp_path / "table.csv").write_text("image,label\n" + "".join(lines))
    config["cohort"] |= {"kind": "folder", "folder": {"images": str(photos), "table": str(tmp_path / "table.csv")}}
    assert look_at_cohort(load_study(config, root).config, root / "resources/hpo_terms.csv").impossible["folds"] == ""
    config["figures"]["figure5"]["samples"] = ["KS7"]
    with pytest.raises(InputError, match=r"figure5\.samples: no sample_id 'KS7' in the cohort; did you mean KS"):
        look_at_cohort(load_study(config, root).config, root / "resources/hpo_terms.csv")
    config["figures"]["figure5"]["samples"] = ["KS4"]
    config["faces"]["detector"] = "given"
    with pytest.raises(InputError, match=r"faces\.detector is given, but the cohort's table has no column x1"):
        look_at_cohort(load_study(config, root).config, root / "resources/hpo_terms.csv")


def test_encoders_are_fine_tuned_where_two_disorders_are_frequent(study):
    few = table(many("KS", "NS", count=7) + many("Unaffected", count=9))
    assert why_no_fine_tuning(study, few) == ""
    study["matching"]["rare_below"] = 8
    assert "needs two disorders with 8 subjects or more (matching.rare_below), the cohort has 0 (KS 7, NS 7)" in (
        why_no_fine_tuning(study, few)
    )


def test_faces_need_one_photograph_that_is_there(root, config, tmp_path):
    rows = [f"{label}{i}.jpg,{label}\n" for label in ("KS", "Unaffected") for i in range(5)]
    (tmp_path / "table.csv").write_text("image,label\n" + "".join(rows))
    places = {"images": str(tmp_path / "photos"), "table": str(tmp_path / "table.csv")}
    config["cohort"] |= {"kind": "folder", "folder": places}
    terms = root / "resources/hpo_terms.csv"
    why = look_at_cohort(load_study(config, root).config, terms).impossible["faces_shard"]
    assert why.startswith("none of the 10 photographs is there") and "name the right folder" in why
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/KS1.jpg").write_bytes(b"")
    assert look_at_cohort(load_study(config, root).config, terms).impossible["faces_shard"] == ""
