"""Ranks, mean accuracies and verification on planted encodings, whose answers are known by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.gallery_lists import COLUMNS
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching import accuracy, ranks, verification
from gestalt_regions.matching.systems import Encodings, System, load, systems
from gestalt_regions.statistics.toolkit import bootstrap

BOOTSTRAP = {"n_resamples": 400, "level": 0.95, "group": "subject_id"}
ONE = System("one", ("one",), True)
# Angles on a circle: A and B are frequent, C and D rare. t1 is nearest to A, t2 (of B) too; t3 (of C) is nearest to B.
ANGLES = {
    "a1": 0,
    "a2": 10,
    "b1": 60,
    "b2": 70,
    "t1": 5,
    "t2": 20,
    "c1": 100,
    "c2": 110,
    "d1": 150,
    "d2": 160,
    "t3": 80,
}
LISTS = [
    *[(name, name, name[0].upper(), "frequent", "gallery", "") for name in ("a1", "a2", "b1", "b2")],
    ("t1", "t1", "A", "frequent", "test", ""),
    ("t2", "t2", "B", "frequent", "test", ""),
    *[
        ("c1", "c1", "C", "rare", "gallery", "1"),
        ("d1", "d1", "D", "rare", "gallery", "1"),
        ("t3", "t3", "C", "rare", "test", "1"),
        ("d2", "d2", "D", "rare", "test", "1"),
    ],
    *[
        ("t3", "t3", "C", "rare", "gallery", "2"),
        ("d1", "d1", "D", "rare", "gallery", "2"),
        ("c2", "c2", "C", "rare", "test", "2"),
        ("d2", "d2", "D", "rare", "test", "2"),
    ],
]


def circle(angles=ANGLES, views=2):
    radians = np.radians(list(angles.values()))
    vectors = np.stack([np.cos(radians), np.sin(radians)], 1).astype(np.float32)
    return Encodings({"one": np.repeat(vectors[:, None], views, 1)}, {name: row for row, name in enumerate(angles)})


def listed():
    return pd.DataFrame(LISTS, columns=COLUMNS)


def ranked():
    table = ranks.rank(listed(), circle(), ONE, k=1)
    return table.assign(kin_group=table["subject_id"])


def test_ranks_on_each_gallery():
    table = ranked().set_index(["gallery", "group", "repeat", "sample_id"])["rank"].sort_index()
    assert table["frequent", "frequent", ""].to_dict() == {"t1": 1, "t2": 2}
    assert table["rare", "rare", "1"].to_dict() == {"t3": 1, "d2": 1}
    assert table["unified", "rare", "1"].to_dict() == {"t3": 2, "d2": 1}  # b2, 10 degrees away, is before c1
    assert table["unified", "rare", "2"].to_dict() == {"c2": 1, "d2": 1}
    assert table["unified", "frequent", "2"].to_dict() == {"t1": 1, "t2": 2}
    assert len(table) == 2 + 2 * (2 + 2 + 2)
    first = ranked().set_index(["gallery", "repeat", "sample_id"])["first"]
    assert first["unified", "1", "t3"] == "B" and first["frequent", "", "t2"] == "A"


def test_neighbours_are_of_the_widest_gallery_with_the_nearest_image_of_each_disorder():
    table = ranks.neighbours(listed(), circle(), ONE, k=1, places=3)
    t3 = table[table["sample_id"] == "t3"]
    assert t3[["gallery", "repeat", "place", "disorder", "neighbour"]].values.tolist() == [
        ["unified", "1", 1, "B", "b2"],
        ["unified", "1", 2, "C", "c1"],
        ["unified", "1", 3, "A", "a2"],
    ]
    np.testing.assert_allclose(t3["distance"], 1 - np.cos(np.radians([10, 20, 70])), atol=1e-6)
    assert set(table["sample_id"]) == {"t1", "t2", "t3", "c2", "d2"}  # each once


def test_the_order_of_lists_and_encodings_changes_no_rank():
    order = np.random.default_rng(0).permutation(len(ANGLES))
    names = [list(ANGLES)[i] for i in order]
    moved = Encodings({"one": circle().stacks["one"][order]}, {name: row for row, name in enumerate(names)})
    lists = listed().sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(ranks.rank(lists, moved, ONE, 1), ranks.rank(listed(), circle(), ONE, 1))


def test_systems_are_each_encoder_and_the_ensemble_with_and_without_views():
    found = [(s.name, s.encoders, s.tta) for s in systems(["a", "b", "c"], ["a", "c"])]
    assert found[::2] == [
        ("a", ("a",), False),
        ("b", ("b",), False),
        ("c", ("c",), False),
        ("ensemble", ("a", "c"), False),
    ]
    assert [tta for *_, tta in found] == [False, True] * 4
    assert {s.name for s in systems(["a"], [])} == {"a"}


def test_mean_accuracy_is_a_mean_over_disorders_then_over_splits():
    table = accuracy.accuracy(ranked(), [1, 2], BOOTSTRAP, 0).set_index(["gallery", "group", "k"])
    assert table.loc[("frequent", "frequent", 1), "accuracy"] == 0.5
    assert table.loc[("unified", "rare", 1), "accuracy"] == 0.75  # splits: C wrong, D right; both right
    assert table.loc[("unified", "rare", 1), "sd_splits"] == pytest.approx(np.std([0.5, 1], ddof=1))
    assert table.loc[("rare", "rare", 1), "sd_splits"] == 0  # all right in both
    assert np.isnan(table.loc[("frequent", "frequent", 1), "sd_splits"])  # one split
    assert table.loc[("unified", "rare", 2), "accuracy"] == 1
    assert table.loc[("rare", "rare", 1), ["images", "subjects", "classes", "splits"]].tolist() == [3, 3, 2, 2]
    assert table.loc[("unified", "rare", 1), "chance"] == 0.25 and table.loc[("rare", "rare", 1), "chance"] == 0.5


def queries(counts, hit, repeats=1):
    """counts: disorder -> test subjects; hit(disorder, subject, repeat) -> rank."""
    rows = [
        ("one", True, "rare", "rare", str(r), f"{c}{s}", f"{c}{s}", c, hit(c, s, r), 10, 0.1, c)
        for r in range(1, repeats + 1)
        for c, n in counts.items()
        for s in range(n)
    ]
    return pd.DataFrame(rows, columns=ranks.COLUMNS)


def test_a_frequent_disorder_does_not_outweigh_the_others():
    table = accuracy.accuracy(queries({"A": 90, "B": 10}, lambda c, *_: 1 if c == "A" else 9), [1], BOOTSTRAP, 0)
    assert table["accuracy"][0] == pytest.approx(0.5)


def test_the_interval_is_that_of_independent_disorders():
    """100 disorders with one subject each, half of them right: sd of the mean 0.05, however the subjects are drawn."""
    cell = queries({f"c{i}": 1 for i in range(100)}, lambda c, *_: 1 if int(c[1:]) % 2 else 9)
    row = accuracy.accuracy(cell, [1], BOOTSTRAP | {"n_resamples": 4000}, 0).iloc[0]
    assert row["accuracy"] == 0.5
    assert (row["high"] - row["low"]) / (2 * 1.96) == pytest.approx(0.05, rel=0.06)


def test_images_of_one_subject_are_not_independent():
    """The same 10 subjects, tested in every one of 20 splits with the same answer, are 10 and not 200."""
    hit = lambda c, s, r: 1 if s % 2 else 9  # noqa: E731
    once, often = (accuracy.accuracy(queries({"A": 10}, hit, n), [1], BOOTSTRAP, 0).iloc[0] for n in (1, 20))
    assert [often["accuracy"], once["accuracy"]] == pytest.approx(
        [0.5, 0.5]
    )  # sums end differently on other processors
    assert often["high"] - often["low"] == pytest.approx(once["high"] - once["low"], rel=0.15)


def test_differences_are_paired_and_of_the_named_systems():
    same = queries({"A": 20, "B": 20}, lambda c, s, r: 1 if s % 3 else 9)
    better = same.assign(system="two", rank=1)
    table = accuracy.differences(pd.concat([same, better]), [1], {"two": "one"}, BOOTSTRAP, 0)
    assert table[["question", "a", "b"]].values.tolist() == [["fine-tuning", "two", "one"]]
    assert table["difference"][0] == pytest.approx(7 / 20) and table["low"][0] > 0.15
    equal = accuracy.differences(pd.concat([same, same.assign(system="two")]), [1], {"two": "one"}, BOOTSTRAP, 0)
    assert equal[["difference", "low", "high"]].to_numpy().tolist() == [[0, 0, 0]]  # the same images in every resample


def test_accuracies_are_the_same_a_block_of_resamples_at_a_time(monkeypatch):
    table = pd.concat([ranked(), ranked().assign(system="two", rank=1)], ignore_index=True)

    def tables():
        settings = ([1, 2], BOOTSTRAP, 0)
        return [
            accuracy.accuracy(table, *settings),
            accuracy.disorders(table, *settings),
            accuracy.differences(table, [1, 2], {"two": "one"}, BOOTSTRAP, 0),
        ]

    whole = tables()
    monkeypatch.setattr(bootstrap, "BLOCK", 8 * 7)
    for one, other in zip(whole, tables(), strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def test_ranks_are_read_with_the_kin_of_the_samples_and_an_unknown_sample_is_named(tmp_path):
    ranked().drop(columns="kin_group").to_csv(tmp_path / "ranks.csv", index=False)
    names = sorted(set(ranked()["sample_id"]))
    samples = pd.DataFrame({"sample_id": names, "subject_id": names, "kin_group": [f"k-{name}" for name in names]})
    found = accuracy.read_ranks(tmp_path / "ranks.csv", samples)
    assert (found["kin_group"].astype(str) == "k-" + found["sample_id"].astype(str)).all()
    assert found["rank"].tolist() == ranked()["rank"].tolist() and set(found["repeat"]) == {"", "1", "2"}
    with pytest.raises(InputError, match=r"ranks\.csv: sample_id 't1' is not in samples"):
        accuracy.read_ranks(tmp_path / "ranks.csv", samples[samples["sample_id"] != "t1"])


def test_each_disorder_has_its_accuracy_and_no_interval_from_few_groups():
    table = accuracy.disorders(ranked(), [1], BOOTSTRAP, 0).set_index(["gallery", "label"])
    assert table.loc[("unified", "C"), "accuracy"] == 0.5 and table.loc[("unified", "D"), "accuracy"] == 1
    assert np.isnan(table.loc[("frequent", "A"), "low"])
    many = pd.concat(
        [ranked().assign(**dict.fromkeys(("kin_group", "subject_id", "sample_id"), str(k))) for k in range(10)],
        ignore_index=True,
    )
    table = accuracy.disorders(many, [1], BOOTSTRAP, 0).set_index(["gallery", "label"])
    assert table.loc[("unified", "C"), "accuracy"] == 0.5 and table.loc[("unified", "C"), "high"] <= 1


def test_a_fine_tuned_encoder_knows_its_base():
    entry = {"backbone": "sface", "options": {}, "fine_tuned": False}
    encoders = {"s": entry, "t": entry | {"fine_tuned": True}, "u": entry | {"backbone": "x", "fine_tuned": True}}
    assert accuracy.bases(encoders) == {"t": "s"}


# -- encodings that are not what they should be


def stored(folder, **stacks):
    for name, (stack, samples) in stacks.items():
        np.save(folder / f"{name}.npy", stack)
        pd.DataFrame({"row": range(len(samples)), "sample_id": samples}).to_csv(folder / f"{name}.csv", index=False)
    return [folder / f"{name}.npy" for name in stacks]


UNIT = np.full((2, 4, 4), 0.5, np.float32)


@pytest.mark.parametrize(
    ("stacks", "message"),
    [
        ({"a": (UNIT[0], ["x", "y"])}, r"float32 \[images, views, d\]"),
        ({"a": (UNIT.astype(float), ["x", "y"])}, "not float64"),
        ({"a": (UNIT, ["x"])}, "1 rows for 2 encodings"),
        ({"a": (UNIT, ["x", "x"])}, "image 'x' is listed twice"),
        ({"a": (UNIT * np.float32([[[1]], [[2]]]), ["x", "y"])}, "vector of 'y' has not length one"),
        ({"a": (UNIT, ["x", "y"]), "b": (UNIT, ["y", "x"])}, "other images or views"),
        ({"a": (UNIT, ["x", "y"]), "b": (UNIT[:, :2], ["x", "y"])}, "other images or views"),
    ],
)
def test_bad_encodings_are_refused(tmp_path, stacks, message):
    with pytest.raises(InputError, match=message):
        load(stored(tmp_path, **stacks))


def test_an_image_without_encoding_is_named():
    with pytest.raises(InputError, match="image 't9' has no encoding; did you mean t"):
        circle().row_of(["t1", "t9"])


# -- verification


def lfw(folder, sets=2, size=3, name="pairs.txt", head=None, change=None):
    lines = [head or f"{sets}\t{size}"]
    for fold in range(sets):
        lines += [f"P{fold}{i}\t1\t2" for i in range(size)] + [f"P{fold}{i}\t1\tQ{fold}{i}\t3" for i in range(size)]
    for number, line in (change or {}).items():
        lines[number - 1] = line
    (folder / name).write_text("\n".join(lines) + "\n\n")
    return folder / name


def test_lfws_own_files_are_read(tmp_path):
    sets = verification.read_lfw(lfw(tmp_path))
    assert len(sets) == 2 and sets[1]["same"].tolist() == [True] * 3 + [False] * 3
    assert sets[1].iloc[0].tolist() == ["P10_0001", "P10_0002", True]
    assert sets[1].iloc[5].tolist() == ["P12_0001", "Q12_0003", False]
    view1 = lfw(tmp_path, 1, 4, "pairsDevTrain.txt", head="4")
    assert verification.lfw_pairs(tmp_path / "pairs.txt", view1).groupby("fold").size().to_dict() == {1: 8, 2: 6, 3: 6}
    assert set(verification.lfw_pairs(tmp_path / "pairs.txt", "")["fold"]) == {1, 2}
    with pytest.raises(InputError, match="one set only"):
        verification.lfw_pairs(view1, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": "ten 300"}, "line 1 must hold"),
        ({"head": "10\t300"}, "12 pairs; line 1 announces 10 x 2 x 300"),
        ({"change": {3: "P01\t1\tQ01\t3"}}, "line 3 must be a pair of one person"),
        ({"change": {5: "P00\t1\tQ00\tx"}}, "line 5 must be a pair of two people"),
    ],
)
def test_a_bad_line_of_pairs_is_named(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        verification.read_lfw(lfw(tmp_path, **options))
    with pytest.raises(InputError, match="no such file"):
        verification.read_lfw(tmp_path / "nowhere.txt")


def people(count=44, images=3):
    rows = [(f"p{p}_{i}", f"p{p}", f"f{p // 2}") for p in range(count) for i in range(images)]
    return pd.DataFrame(rows, columns=["sample_id", "subject_id", "kin_group"])


def test_pairs_of_a_cohort_keep_families_in_one_fold():
    samples = people()
    pairs = verification.cohort_pairs(samples, 5, seed=0)
    assert pairs.groupby(["fold", "same"]).size().to_dict() == {(f, s): 5 for f in range(1, 12) for s in (True, False)}
    subject, family = (samples.set_index("sample_id")[column] for column in ("subject_id", "kin_group"))
    first, second = pairs["first"].map(subject), pairs["second"].map(subject)
    assert ((first == second) == pairs["same"]).all()
    folds = pd.concat(
        [pd.DataFrame({"f": pairs[side].map(family), "fold": pairs["fold"]}) for side in ("first", "second")]
    )
    assert folds.groupby("f")["fold"].nunique().max() == 1
    assert not pairs.duplicated(["first", "second"]).any()
    assert verification.cohort_pairs(people(20), 5, seed=0).empty  # ten families


@pytest.mark.parametrize(("count", "images", "per_fold"), [(44, 3, 5), (44, 3, 300), (600, 4, 50), (30, 1, 5)])
def test_pairs_are_drawn_as_from_the_list_of_all_pairs(monkeypatch, count, images, per_fold):
    """A large cohort has no memory for that list; what is drawn is the same."""
    samples = people(count, images).sample(frac=1, random_state=1)
    few = pd.DataFrame({"sample_id": ["q1", "q2", "r"], "subject_id": ["q", "q", "r"], "kin_group": "f0"})
    samples = pd.concat([samples, few])  # not all have as many images
    drawn = verification.cohort_pairs(samples, per_fold, seed=3)
    listed = []

    class Generator:
        def __init__(self, rng):
            self.rng = rng

        def permutation(self, units):
            return self.rng.permutation(units)

        def choice(self, count, size, replace):
            listed.append((count, self.rng.choice(np.arange(count), size, replace=replace)))
            return listed[-1][1]

    generator = verification.seeds.generator
    monkeypatch.setattr(verification.seeds, "generator", lambda *key: Generator(generator(*key)))
    pd.testing.assert_frame_equal(verification.cohort_pairs(samples, per_fold, seed=3), drawn)
    if images == 1:
        assert drawn.empty
        return
    fold_of = dict(zip(drawn["first"], drawn["fold"], strict=True))
    assert len(listed) == 22 and set(fold_of.values()) == set(range(1, 12))
    subject = samples.set_index("sample_id")["subject_id"]
    unit = samples.set_index("sample_id")["kin_group"]
    of_unit = {unit[name]: fold for name, fold in fold_of.items()}
    for fold in range(1, 12):
        names = np.sort(samples["sample_id"][samples["kin_group"].map(of_unit) == fold])
        i, j = np.triu_indices(len(names), 1)
        same = subject[names].to_numpy()[i] == subject[names].to_numpy()[j]
        for kind, (number, chosen) in zip((True, False), listed[2 * fold - 2 : 2 * fold], strict=True):
            places = np.flatnonzero(same == kind)
            if len(places) != number:  # a family of which nobody was drawn
                continue
            at = places[np.sort(chosen)]
            cell = drawn[(drawn["fold"] == fold) & (drawn["same"] == kind)]
            assert cell["first"].tolist() == names[i[at]].tolist()
            assert cell["second"].tolist() == names[j[at]].tolist()


def test_the_first_fold_sets_the_threshold_and_the_others_are_judged():
    same = np.array([True, True, False, False] * 3)
    distances = np.array([0.1, 0.2, 0.4, 0.5, 0.1, 0.35, 0.4, 0.5, 0.1, 0.2, 0.25, 0.5])
    pairs = pd.DataFrame({"fold": np.repeat([1, 2, 3], 4), "same": same})
    result = verification.verify(distances, pairs, BOOTSTRAP, 0)
    assert result["threshold"] == pytest.approx(0.3)
    assert result["accuracy"] == pytest.approx(0.75)  # each judged fold has one pair on the wrong side
    assert result["folds"] == 2 and result["pairs"] == 8 and result["sd"] == 0


def test_distances_of_pairs_are_means_over_encoders_and_views():
    rng = np.random.default_rng(0)
    stacks = {name: rng.standard_normal((3, 2, d)).astype(np.float32) for name, d in (("a", 4), ("b", 8))}
    stacks = {name: s / np.linalg.norm(s, axis=2, keepdims=True) for name, s in stacks.items()}
    encodings = Encodings(stacks, {"x": 0, "y": 1, "z": 2})
    pairs = pd.DataFrame({"first": ["x", "z"], "second": ["y", "x"]})
    distances = verification.pair_distances(encodings, System("ensemble", ("a", "b"), True), pairs)
    expected = 1 - np.mean([(s[0] * s[1]).sum(1) for s in stacks.values()])
    assert distances[0] == pytest.approx(expected, abs=1e-6)
    plain = verification.pair_distances(encodings, System("a", ("a",), False), pairs)
    assert plain[1] == pytest.approx(1 - float(stacks["a"][2, 0] @ stacks["a"][0, 0]), abs=1e-6)


def test_verification_says_why_it_is_empty(tmp_path):
    samples = people(4).assign(image="x", label="A", split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    vectors = np.full((len(samples), 2, 4), 0.5, np.float32)
    paths = stored(tmp_path, a=(vectors, samples["sample_id"]))
    settings = {"ensemble": [], "verification": {"pairs": "", "threshold": "", "per_fold": 9}}
    outputs = {"pairs": tmp_path / "pairs.csv", "table": tmp_path / "verification.csv"}
    made = {"settings": settings, "bootstrap": BOOTSTRAP, "seed": 0}
    verification.write_verification(tmp_path / "samples.csv", paths, outputs, **made)
    table = pd.read_csv(outputs["table"])
    assert table["accuracy"].isna().all() and set(table["note"]) == {
        "fewer than 11 families with two images of a person"
    }
