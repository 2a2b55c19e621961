"""Controls of the sex and age of patients: the assignment, its tables, and a cohort that takes them."""

from __future__ import annotations

import logging
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.matched_controls import (
    balance_table,
    controls_settings,
    match_controls,
    pair_ages,
    with_controls,
)
from gestalt_regions.cohort.read_cohort import read_cohort
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.sizes import study_size
from gestalt_regions.study.study import load_study, prepare


def people(ages, sexes, prefix):
    names = [f"{prefix}{number}" for number in range(len(ages))]
    return pd.DataFrame({"sample_id": names, "label": "KS", "age": ages, "sex": sexes})


def by_hand(patients, controls, caliper):
    """(number of pairs, sum of differences) of the best assignment, by trying all."""
    best = (0, 0.0)
    places = [*range(len(controls)), *[-1] * len(patients)]
    for chosen in set(permutations(places, len(patients))):
        gaps = [abs(patients[row] - controls[each]) for row, each in enumerate(chosen) if each >= 0]
        if all(gap <= caliper + 1e-9 for gap in gaps):
            best = max(best, (len(gaps), -sum(gaps)))
    return best[0], -best[1]


@pytest.mark.parametrize("seed", range(12))
def test_the_assignment_is_the_best_of_all(seed):
    random = np.random.default_rng(seed)
    patients, controls = random.integers(0, 9, 3) + random.random(3).round(1), random.integers(0, 9, 4).astype(float)
    chosen = pair_ages(patients, controls, 1.5)
    used = chosen[chosen >= 0]
    gaps = np.abs(patients[chosen >= 0] - controls[used])
    assert len(set(used)) == len(used) and (gaps <= 1.5 + 1e-9).all()
    pairs, total = by_hand(patients, controls, 1.5)
    assert (len(used), round(gaps.sum(), 6)) == (pairs, round(total, 6))


def test_a_nearest_neighbour_would_leave_one_alone():
    """Greedy takes 5 for 5.4; then 4.5 has nobody within half a year."""
    assert pair_ages(np.array([5.4, 4.5]), np.array([5.0, 5.9]), 0.5).tolist() == [1, 0]


def test_sex_age_and_number_are_kept_and_who_gets_none_is_named():
    patients = people([5, 5.5, 30, 40, np.nan, 8, 9], ["female", "male", "male", "other", "male", "", "female"], "p")
    candidates = people([5, 5, 6, 33, 9, 9], ["male", "female", "male", "male", "female", "female"], "c")
    pairs = match_controls(patients, candidates, per_patient=2, caliper=2, seed=42)
    taken = pairs[pairs["control"] != ""]
    assert not taken["control"].duplicated().any() and (taken["difference"].abs() <= 2).all()
    sex = candidates.set_index("sample_id")["sex"]
    assert (taken["control"].map(sex) == taken["sex"]).all()
    assert taken["sample_id"].value_counts().to_dict() == {"p1": 2, "p6": 2, "p0": 1}
    reasons = pairs[pairs["control"] == ""].groupby("sample_id")["reason"].agg(list).to_dict()
    assert reasons == {
        "p0": ["no female control within 2 years is left"],
        "p2": ["no male control within 2 years is left"] * 2,
        "p3": ["no control of this sex"] * 2,
        "p4": ["no age"],
        "p5": ["no sex"],
    }


def test_it_is_the_same_each_time_and_another_order_of_the_files_changes_nothing():
    random = np.random.default_rng(1)
    patients = people(random.integers(0, 20, 40).astype(float), random.choice(["female", "male"], 40), "p")
    candidates = people(random.integers(0, 20, 400), random.choice(["female", "male"], 400), "c")
    first = match_controls(patients, candidates, per_patient=1, caliper=1, seed=42)
    again = match_controls(patients, candidates[::-1].reset_index(drop=True), per_patient=1, caliper=1, seed=42)
    pd.testing.assert_frame_equal(first, again)
    other = match_controls(patients, candidates, per_patient=1, caliper=1, seed=43)
    assert set(other["control"]) != set(first["control"])
    half = match_controls(patients, candidates, per_patient=0.5, caliper=1, seed=42)
    assert len(half) == 20 and abs(half["age"].mean() - patients["age"].mean()) < 2


def test_differences_are_those_of_the_definition():
    patients = people([2.0, 4.0, 6.0], ["female", "female", "male"], "p")
    candidates = people([4.0, 4.0, 40.0, 60.0], ["female", "female", "male", "male"], "c")
    pairs = match_controls(patients, candidates, per_patient=1, caliper=2, seed=42)
    table = balance_table(patients, candidates, pairs).set_index(["patients", "variable"])
    scale = np.sqrt((np.var([2, 4, 6], ddof=1) + np.var([4, 4, 40, 60], ddof=1)) / 2)
    assert table.loc[("all", "age"), "difference_sd"] == pytest.approx((4 - 27) / scale)
    assert table.loc[("with a control", "age"), "difference_sd"] == pytest.approx((3 - 4) / scale)
    shares = np.sqrt((2 / 9 + 1 / 4) / 2)
    assert table.loc[("all", "share female"), "difference_sd"] == pytest.approx((2 / 3 - 1 / 2) / shares)
    assert table.loc[("KS", "age"), ["patients_n", "controls_n"]].tolist() == [3, 2]


@pytest.fixture
def cohort(config, tmp_path):
    """A folder cohort with controls: drawn files, of which no job here reads the pixels."""
    for folder in ("photos", "utkface"):
        (tmp_path / folder).mkdir()
    rows = ["image,label,subject_id,split,age,sex", "a.jpg,KS,a,folds,4,f", "b.jpg,NS,b,folds,6,m"]
    rows += ["c.jpg,NS,c,folds,,m", "d.jpg,KS,d,heldout,9,f", "e.jpg,NS,e,folds,77,f"]
    for row in rows[1:]:
        (tmp_path / f"photos/{row[:5]}").write_bytes(b"x")
    (tmp_path / "photos.csv").write_text("\n".join(rows) + "\n")
    for name in (
        "4_1_0_20170101000000000",
        "6_0_0_20170101000000001",
        "9_1_0_20170101000000002",
        "61_1_20170109142408075",
    ):
        (tmp_path / f"utkface/{name}.jpg.chip.jpg").write_bytes(b"x")
    config["cohort"] |= {
        "kind": "folder",
        "name": "mine",
        "folder": {"images": str(tmp_path / "photos"), "table": str(tmp_path / "photos.csv")},
        "controls": {"kind": "utkface", "images": str(tmp_path / "utkface")},
    }
    return config


def test_a_cohort_of_a_folder_takes_controls_into_its_folds(cohort, root, capsys):
    study = prepare(cohort, root, starts=True)
    samples = study.look.samples
    controls = samples[samples["label"] == "Unaffected"]
    assert controls["sample_id"].tolist() == ["utkface-4_1_0_20170101000000000", "utkface-6_0_0_20170101000000001"]
    assert set(controls["split"]) == {"folds"} and len(samples) == 7 and "ancestry" not in samples
    said = capsys.readouterr().err
    assert "7 images of 7 subjects in 7 kin groups, 1 images held out; KS 2, NS 3, Unaffected 2" in said
    assert "UTKFace: 2 controls for 2 photographs of patients; mean age 5.0 and 5.0 years, 50% and 50% female" in said
    assert "warning: UTKFace: no age: c" in said
    assert "warning: UTKFace: no female control within 2 years is left: e" in said
    assert study.look.chosen["controls_excluded"]["reason"].str.contains("3 of the 4 fields").tolist() == [True]
    assert study_size(study.config).folds == {"KS": 1, "NS": 3, "Unaffected": 4}  # at most


def test_the_job_writes_the_controls_with_their_reasons(cohort, root, tmp_path):
    config = load_study(cohort, root).config
    names = ["samples", "who", "controls", "controls_balance", "controls_excluded"]
    outputs = {name: str(tmp_path / f"{name}.csv") for name in names}
    settings = config["cohort"]["folder"]
    read_cohort(
        kind="folder",
        files={"table": settings["table"]},
        settings=settings,
        control="",
        hpo_terms=root / "resources/hpo_terms.csv",
        outputs=outputs,
        controls=controls_settings(config),
    )
    tables = {name: pd.read_csv(outputs[name]) for name in names}
    assert len(tables["samples"]) == 7 and len(tables["controls_excluded"]) == 1
    assert tables["controls"].set_index("sample_id")["control"].dropna().to_dict() == {
        "a": "utkface-4_1_0_20170101000000000",
        "b": "utkface-6_0_0_20170101000000001",
    }
    assert tables["who"]["note"].str.contains("UTKFace: no age: c").any()


def test_a_study_without_controls_is_as_it_was(cohort, root, caplog):
    del cohort["cohort"]["controls"]
    config = load_study(cohort, root).config
    assert controls_settings(config) == {} and "controls" not in config["cohort"]
    samples = people([3.0], ["female"], "p")
    with caplog.at_level(logging.INFO):
        whole = with_controls(samples, [], {})
    assert whole.samples is samples and whole.tables == {} and not caplog.text


@pytest.mark.parametrize(
    ("section", "changed", "words"),
    [
        ("cohort", {"kind": "synthetic"}, "controls are added to photographs of patients"),
        ("statistics", {"control": ""}, "statistics.control is empty"),
        ("folds", {"source": "given"}, "folds.source is given"),
        ("faces", {"detector": "given"}, "faces.detector is given"),
        ("cohort", {"controls": {"kind": "utkface", "images": ""}}, "cohort.controls.images is empty"),
        ("cohort", {"controls": {"kind": "lfw", "images": "x"}}, "'cohort.controls.kind' is 'lfw'"),
        ("cohort", {"controls": {"kind": "utkface"}}, "'cohort.controls' lacks images"),
        ("cohort", {"controls": {"kind": "utkface", "images": "x", "per_patient": 0}}, "cohort.controls.per_patient"),
        ("cohort", {"controls": {"kind": "utkface", "images": "x", "calliper": 1}}, "cohort.controls.calliper"),
    ],
)
def test_controls_that_cannot_be_are_refused_before_any_job(cohort, root, section, changed, words):
    cohort[section] |= changed
    with pytest.raises(InputError, match=words):
        load_study(cohort, root)


def test_patients_without_columns_and_a_caliper_that_nobody_meets_are_refused(cohort, root, tmp_path):
    cohort["cohort"]["controls"]["age_caliper"] = 0
    (tmp_path / "photos.csv").write_text("image,label,age,sex\na.jpg,KS,4.5,f\nb.jpg,Unaffected,6,m\n")
    with pytest.raises(SystemExit, match="no photograph of UTKFace has the sex and age of a patient"):
        prepare(cohort, root, starts=True)
    (tmp_path / "photos.csv").write_text("image,label,age\na.jpg,KS,4.5\nb.jpg,Unaffected,6\n")
    with pytest.raises(SystemExit, match="has no column sex"):
        prepare(cohort, root, starts=True)
