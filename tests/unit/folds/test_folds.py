"""Folds keep families together, follow scikit-learn, and name every leak."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.folds.assign import AUDIT, assign_folds, audit, make_folds, united_groups
from sklearn.model_selection import StratifiedGroupKFold


def cohort(n=120, seed=0, kin="family-{}"):
    rng = np.random.default_rng(seed)
    subject = rng.integers(0, n // 2, n)
    return pd.DataFrame(
        {
            "sample_id": [f"i{i}" for i in range(n)],
            "image": "x.png",
            "label": np.array(["A", "B", "C"])[(subject // 2) % 3],
            "subject_id": [f"s{s}" for s in subject],
            "kin_group": [kin.format(s // 2) for s in subject],
            "split": "folds",
        }
    )


@pytest.mark.parametrize("kin", ["family-{}", "{}"])
def test_same_folds_as_scikit_learn_on_kin_groups(kin):
    samples = cohort(kin=kin)
    groups = samples["kin_group"].astype(int if kin == "{}" else str)
    peer = StratifiedGroupKFold(5, shuffle=True, random_state=42).split(samples, samples["label"], groups)
    ours = assign_folds(samples, 5, 42)
    for fold, (_, judged) in enumerate(peer, start=1):
        np.testing.assert_array_equal(np.flatnonzero(ours == fold), judged)


def test_a_subject_in_two_families_unites_them():
    groups = united_groups(["a", "b", "b", "c", "d"], ["k1", "k1", "k2", "k2", "k3"])
    assert groups.tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_no_subject_or_family_is_in_two_folds(seed):
    samples = cohort(seed=seed)
    rng = np.random.default_rng(seed)
    samples.loc[rng.choice(len(samples), 3), "kin_group"] = "family-1"  # subjects with two kin groups
    folds = assign_folds(samples, 3, seed)
    for column in ("subject_id", "kin_group"):
        assert samples.assign(fold=folds).groupby(column)["fold"].nunique().max() == 1


def test_too_few_groups_names_the_class_and_what_to_do():
    samples = cohort()
    samples.loc[samples["label"] == "B", ["subject_id", "kin_group"]] = "one"
    with pytest.raises(InputError, match=r"5 folds in: B \(1\).*add images"):
        assign_folds(samples, 5, 42)


def write(folder, samples, crops=None):
    folder.mkdir(exist_ok=True)
    samples.to_csv(folder / "samples.csv", index=False)
    pd.DataFrame({"row": range(len(samples)), "sample_id": samples["sample_id"]}).to_csv(folder / "i.csv", index=False)
    if crops is None:
        crops = np.arange(len(samples) * 12, dtype=np.uint32).view(np.uint8).reshape(len(samples), 4, 4, 3)
    np.save(folder / "crops.npy", crops)


def run(folder, leak="report", n=3, control="A", **more):
    outputs = {name: folder / f"{name}.csv" for name in ("folds", "audit", "counts")}
    make_folds(
        samples=folder / "samples.csv",
        index=folder / "i.csv",
        crops=folder / "crops.npy",
        **{f"{name}_out": path for name, path in outputs.items()},
        n=n,
        random_state=42,
        heldout_leak=leak,
        control=control,
        **more,
    )
    return [pd.read_csv(path, dtype=str) for path in outputs.values()]


def test_clean_cohort_has_an_audit_with_a_header_only(tmp_path):
    samples = cohort()
    samples.loc[samples["kin_group"].isin(["family-3", "family-9"]), "split"] = "heldout"
    write(tmp_path, samples)
    folds, found, counts = run(tmp_path)
    assert list(found.columns) == AUDIT and found.empty
    assert folds["sample_id"].tolist() == samples["sample_id"].tolist()
    assert set(folds["fold"]) == {"1", "2", "3", "heldout"}
    assert counts["images"].astype(int).sum() == len(samples)


def leaky(folder):
    samples = cohort()
    samples.loc[0, "split"] = "heldout"
    crops = np.arange(len(samples) * 12, dtype=np.uint32).view(np.uint8).reshape(len(samples), 4, 4, 3)
    stranger = samples.index[samples["kin_group"] != samples["kin_group"][0]][-1]
    crops[stranger] = crops[0]
    write(folder, samples, crops)
    kin = samples[samples["kin_group"] == samples["kin_group"][0]]
    assert len(kin) > 1
    return samples, set(kin["sample_id"]), samples["sample_id"][stranger]


def test_kin_and_copies_across_the_held_out_border_are_named(tmp_path):
    _, kin, copy = leaky(tmp_path)
    _, found, _ = run(tmp_path)
    family = found[(found["check"] == "heldout") & (found["level"] == "kin_group")].iloc[0]
    assert set(family["sample_ids"].split(";")) == kin and family["action"] == "reported"
    picture = found[(found["check"] == "heldout") & (found["level"] == "image")].iloc[0]
    assert set(picture["sample_ids"].split(";")) == {"i0", copy}


def test_dropping_leaves_no_leak_and_a_record(tmp_path):
    samples, kin, copy = leaky(tmp_path)
    folds, found, _ = run(tmp_path, "drop")
    assert set(samples["sample_id"]) - set(folds["sample_id"]) == (kin | {copy}) - {"i0"}
    assert set(found["action"]) == {"dropped"}


def test_audit_sees_leaks_across_folds():
    table = cohort(8).assign(subject_id="same", kin_group=[str(i) for i in range(8)], crop=[str(i) for i in range(8)])
    found = audit(table.assign(fold=["1", "2"] * 4))
    assert found[["check", "level", "group", "sides"]].values.tolist() == [["folds", "subject", "same", "1;2"]]
    assert found["n_images"].tolist() == [8]


def test_a_missing_control_class_is_an_error_before_any_long_work(tmp_path):
    write(tmp_path, cohort())
    with pytest.raises(InputError, match=r"no usable image of the folds has the label 'D'.*statistics\.control"):
        run(tmp_path, control="D")
    assert not (tmp_path / "folds.csv").exists()


def test_given_folds_are_taken_as_they_are(tmp_path):
    samples = cohort(30).assign(fold=[str(i % 3 + 1) for i in range(30)])
    samples.loc[:4, "split"] = "heldout"
    samples.loc[:4, "fold"] = ""
    write(tmp_path, samples)
    folds, found, _ = run(tmp_path, source="given")
    assert folds["fold"].tolist() == ["heldout"] * 5 + samples["fold"][5:].tolist()
    assert set(found["check"]) == {"heldout", "folds"}  # families are not asked when folds are given, but named


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fold": "4"}, "fold of 'i0' is '4'.*give 1 to 3"),
        ({"fold": ""}, "fold of 'i0' is ''"),
        ({"fold": "val"}, "fold of 'i0' is 'val'"),
    ],
)
def test_given_folds_must_be_whole_and_complete(tmp_path, change, message):
    samples = cohort(30).assign(fold=[str(i % 3 + 1) for i in range(30)])
    samples.loc[0, "fold"] = change["fold"]
    write(tmp_path, samples)
    with pytest.raises(InputError, match=message):
        run(tmp_path, source="given")
    write(tmp_path, samples.assign(fold="1"))
    with pytest.raises(InputError, match="no usable image has fold 2"):
        run(tmp_path, source="given")
    write(tmp_path, samples.drop(columns="fold"))
    with pytest.raises(InputError, match="no column 'fold'"):
        run(tmp_path, source="given")
