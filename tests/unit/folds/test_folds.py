"""Folds keep families together, follow scikit-learn, and name every leak."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.folds.assign import AUDIT, assign_folds, audit, make_folds
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.folds.united_groups import united_groups
from gestalt_regions.statistics.toolkit import read
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


def test_names_that_look_like_nothing_stay_names(tmp_path):
    """Photographs NA.png and null.png, a class None, a person nan: through the folds, and in tables after them."""
    samples = cohort().assign(simulated=False).replace({"label": {"B": "None"}})
    samples.loc[:1, "sample_id"] = ["NA", "null"]
    person = samples.index[samples["subject_id"] == samples["subject_id"][0]]
    samples.loc[person, "subject_id"] = "nan"
    write(tmp_path, samples)
    run(tmp_path)
    folds = fold_table(tmp_path / "i.csv", tmp_path / "folds.csv")
    assert folds["sample_id"].tolist() == samples["sample_id"].tolist()
    assert folds["label"].tolist() == samples["label"].tolist()
    assert (folds.loc[person, "subject_id"] == "nan").all()
    again = read.load_samples(tmp_path / "samples.csv")
    joined = read.join_samples(folds[["sample_id", "fold"]], again, "folds.csv")
    assert joined["subject_id"].tolist() == samples["subject_id"].tolist()
    assert "None" in set(io.read_table(tmp_path / "counts.csv")["label"])


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


def with_copies(folder, kin_of="family-{}"):
    """Two strangers with copies of one photograph, in different folds or held out, and a copy within one family."""
    samples = cohort(kin=kin_of)
    samples.loc[samples["kin_group"] == samples["kin_group"][0], "split"] = "heldout"
    write(folder, samples)
    folds = run(folder)[0].set_index("sample_id")["fold"]
    label = samples.set_index("sample_id")["label"]
    first = "i1"
    assert folds[first] != "heldout"
    other = next(s for s in folds.index if folds[s] not in ("heldout", folds[first]) and label[s] == label[first])
    pairs = pd.DataFrame([[first, other]], columns=["sample_id_1", "sample_id_2"])
    return samples, folds, pairs


def saved(folder, pairs):
    pairs.assign(kind="mirrored", hash_bits=9, detail=0.9, unexplained=0.001, shift=1.0).to_csv(
        folder / "copies.csv", index=False
    )
    return folder / "copies.csv"


def test_near_copies_in_two_folds_are_named_and_change_nothing(tmp_path, caplog):
    _, folds, pairs = with_copies(tmp_path)
    with caplog.at_level("INFO"):
        made, found, _ = run(tmp_path, copies=saved(tmp_path, pairs), near_copies="report")
    assert made.set_index("sample_id")["fold"].equals(folds)
    row = found[found["level"] == "near_copy"].iloc[0]
    assert row[["check", "group", "n_images", "action"]].tolist() == ["folds", pairs.iloc[0, 0], "2", "reported"]
    assert set(row["sample_ids"].split(";")) == set(pairs.iloc[0]) and len(row["sides"].split(";")) == 2
    assert "1 leaks, 1 of them near copies" in caplog.text


def test_tied_near_copies_are_in_one_fold_with_both_families(tmp_path):
    samples, _, pairs = with_copies(tmp_path)
    made, found, _ = run(tmp_path, copies=saved(tmp_path, pairs), near_copies="tie")
    fold = made.set_index("sample_id")["fold"]
    kin = samples.set_index("sample_id")["kin_group"]
    families = samples["sample_id"][samples["kin_group"].isin(kin[list(pairs.iloc[0])])]
    assert len(set(fold[families])) == 1 and found.empty
    assert made["kin_group"].tolist() == samples["kin_group"].tolist()  # the table says who is kin, not who is a copy


def test_without_copies_every_choice_gives_the_same_folds(tmp_path):
    _, folds, pairs = with_copies(tmp_path)
    for choice in ("report", "tie", "ignore"):
        made = run(tmp_path, copies=saved(tmp_path, pairs.iloc[:0]), near_copies=choice)[0]
        assert made.set_index("sample_id")["fold"].equals(folds)


def test_a_copy_of_a_held_out_photograph_is_dropped_but_not_its_family(tmp_path):
    samples, folds, pairs = with_copies(tmp_path)
    held = folds.index[folds == "heldout"][0]
    pairs = pairs.assign(sample_id_1=held)
    copy = pairs["sample_id_2"][0]
    assert set(run(tmp_path, copies=saved(tmp_path, pairs), near_copies="report")[1]["check"]) >= {"heldout"}
    made, found, _ = run(tmp_path, "drop", copies=saved(tmp_path, pairs), near_copies="report")
    assert set(samples["sample_id"]) - set(made["sample_id"]) == {copy}
    assert found[["check", "level", "action"]].values[0].tolist() == ["heldout", "near_copy", "dropped"]


def test_one_photograph_under_two_labels_is_named(tmp_path):
    samples = with_copies(tmp_path)[0]
    other = samples["sample_id"][samples["label"] != samples["label"][1]].iloc[-1]
    pairs = pd.DataFrame([["i1", other]], columns=["sample_id_1", "sample_id_2"])
    found = run(tmp_path, copies=saved(tmp_path, pairs), near_copies="report")[1]
    row = found[found["check"] == "labels"].iloc[0]
    labels = samples.set_index("sample_id")["label"]
    assert row["sides"] == ";".join(sorted([labels["i1"], labels[other]])) and row["n_images"] == "2"


def test_given_folds_are_not_tied_but_copies_are_named(tmp_path, caplog):
    samples = cohort(30).assign(fold=[str(i % 3 + 1) for i in range(30)])
    write(tmp_path, samples)
    pairs = pd.DataFrame([["i0", "i1"]], columns=["sample_id_1", "sample_id_2"])
    folds, found, _ = run(tmp_path, source="given", copies=saved(tmp_path, pairs), near_copies="tie")
    assert folds["fold"].tolist() == samples["fold"].tolist() and "near_copy" in set(found["level"])
    assert "given folds stay as they are" in caplog.text


def test_equal_crops_are_named_once(tmp_path):
    samples, _, pairs = with_copies(tmp_path)
    rows = [int(name[1:]) for name in pairs.iloc[0]]
    crops = np.load(tmp_path / "crops.npy")
    crops[rows[1]] = crops[rows[0]]
    write(tmp_path, samples, crops)
    found = run(tmp_path, copies=saved(tmp_path, pairs), near_copies="report")[1]
    assert found["level"].tolist() == ["image"]
