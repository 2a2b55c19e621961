"""Tables and figures of GestaltMatcher-Arc, from planted accuracies: what they say, and what they say is lacking."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.gallery_lists import COLUMNS
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import match_sheet
from gestalt_regions.figures.arc_figures import (
    _points,
    disorder_distances,
    draw_disorder_clusters,
    draw_disorder_tail,
    draw_encoder_identities,
)
from gestalt_regions.matching.arc_tables import TABLES, Arc, write_arc_table
from gestalt_regions.matching.ranks import NEAREST
from PIL import Image

ENTRY = {"backbone": "arcface_mbf", "options": {}, "fine_tuned": False, "recipe": "", "variant": "", "dataset": ""}
ENCODERS = {
    "mbf": ENTRY,
    "sface": ENTRY | {"backbone": "sface"},
    "mbf_r": ENTRY | {"fine_tuned": True, "variant": "r"},
    "mbf_do": ENTRY | {"fine_tuned": True, "variant": "D/O"},
}
VALUE = {"mbf": 0.4, "sface": 0.3, "mbf_r": 0.55, "mbf_do": 0.5, "ensemble": 0.6}


@pytest.fixture
def files(tmp_path, root):
    rows = [
        {
            "system": name,
            "tta": tta,
            "gallery": group,
            "group": group,
            "k": k,
            "low": value - 0.1,
            "high": value + 0.1,
            "accuracy": (value + 0.02 * tta + 0.2 * (k == 5)) * (1 if group == "frequent" else 0.5),
            "level": 0.95,
            "chance": 1 if (group, k) == ("rare", 5) else 0.1,
            "images": 20,
            "subjects": 10,
            "classes": 5,
            "splits": 10,
        }
        for name, value in VALUE.items()
        for tta in (False, True)
        for group in ("frequent", "rare")
        for k in (1, 5)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "accuracy.csv", index=False)
    checked = [
        {
            "system": name,
            "tta": tta,
            "source": "cohort",
            "accuracy": 0.9,
            "low": 0.8,
            "high": 1,
            "folds": 10,
            "pairs": 100,
            "note": "",
        }
        for name in VALUE
        for tta in (False, True)
    ]
    pd.DataFrame(checked).to_csv(tmp_path / "verification.csv", index=False)
    listed = [
        (
            f"{c}{s}_{i}",
            f"{c}{s}",
            c,
            "frequent" if c < "C" else "rare",
            "test" if s == 0 else "gallery",
            "" if c < "C" else "1",
        )
        for c, n in (("A", 9), ("B", 8), ("C", 3), ("D", 2))
        for s in range(n)
        for i in range(2)
    ]
    splits = pd.DataFrame(listed, columns=COLUMNS)
    splits.to_csv(tmp_path / "splits.csv", index=False)
    samples = splits[["sample_id", "subject_id", "label"]].assign(
        kin_group="", split="folds", image="x", simulated=True
    )
    samples.to_csv(tmp_path / "samples.csv", index=False)
    gone = {"sample_id": "x", "label": "E", "group": "", "repeat": "", "reason": "the only image of its disorder"}
    pd.DataFrame([gone]).to_csv(tmp_path / "excluded.csv", index=False)
    names = ("accuracy", "verification", "splits", "samples", "excluded")
    datasets = {"datasets": str(root / "resources/face_datasets.csv")}
    return {name: str(tmp_path / f"{name}.csv") for name in names} | datasets


def made(number, files, encoders=ENCODERS, ensemble=("mbf", "mbf_do")):
    return TABLES[number](Arc(files, encoders, ensemble))


def test_table1_gives_sizes_where_they_are_known_and_invents_none(files):
    table = made("1", files)
    assert table.shown.iloc[0].tolist() == ["WebFace600K", "12,000,000", "600,000", "mbf; mbf_r; mbf_do"]
    assert table.shown.iloc[1].tolist() == ["not stated", "–", "–", "sface"]
    told = made("1", files, {"mine": ENTRY | {"backbone": "arcface_onnx", "dataset": "Glint360K"}})
    assert told.table["individuals"].tolist() == [360000] and not told.notes


def test_table2_counts_and_names_what_was_left_out(files):
    table = made("2", files)
    assert table.table.values.tolist() == [["Frequent", 34, 17, 2], ["Rare", 10, 5, 2], ["Total", 44, 22, 4]]
    assert table.notes == ["Left out: E, 1 images (the only image of its disorder)."]


def test_tables_3_and_4_set_fine_tuned_beside_their_base(files):
    three, four = made("3", files), made("4", files)
    assert three.table["model"].tolist() == four.table["model"].tolist() == ["mbf", "mbf_r*", "sface"]
    assert three.shown.loc[0, "Frequent top-1"] == "40.0 [30.0, 50.0]"
    assert four.shown["Frequent top-1"].tolist() == ["40.0", "55.0 (+15.0)", "30.0"]
    assert any("Rare top-5 says nothing" in note for note in three.notes)
    assert any("instead of LFW" in note for note in three.notes)


def test_a_fine_tuned_encoder_without_its_base_is_shown_too(files):
    encoders = {name: entry for name, entry in ENCODERS.items() if name in ("sface", "mbf_r")}
    assert made("4", files, encoders).table["model"].tolist() == ["sface", "mbf_r*"]


def test_table5_has_the_variants_at_hand_and_says_which_are_not(files):
    table = made("5", files)
    assert table.table["variant"].tolist() == ["r", "D/O"]
    assert table.notes[-1] == "No encoder of this study has the variant D/O+L2."
    none = made("5", files, {"mbf": ENTRY})
    assert none.table.empty and "r, D/O, D/O+L2" in none.notes[-1]


def test_table6_has_the_ensemble_of_those_named(files):
    table = made("6", files)
    assert table.table["model"].tolist() == [
        "mbf",
        "mbf + TTA",
        "mbf_do*",
        "mbf_do* + TTA",
        "Ensemble",
        "Ensemble + TTA",
    ]
    assert table.table["frequent_top1"].tolist() == pytest.approx([0.4, 0.42, 0.5, 0.52, 0.6, 0.62])
    assert made("6", files, {"mbf": ENTRY}, ()).notes[-2] == "One encoder: no ensemble."


@pytest.mark.parametrize("number", TABLES)
def test_every_table_is_written_with_its_notes_and_says_simulated(files, tmp_path, number):
    out = {"csv": tmp_path / "t.csv", "tex": tmp_path / "t.tex"}
    write_arc_table(number, files, out, encoders=ENCODERS, ensemble=[])
    tex = out["tex"].read_text()
    assert "\\toprule" in tex and ("Simulated cohort" in tex) == (number != "1")
    assert len(pd.read_csv(out["csv"]))


def test_figure3_has_no_curve_through_one_size_and_names_what_is_unknown(files, tmp_path):
    draw_encoder_identities(files, tmp_path / "f.svg", tmp_path / "f.csv", ENCODERS)
    table = pd.read_csv(tmp_path / "f.csv")
    assert table["encoder"].tolist() == ["mbf", "sface"] and np.isnan(table["individuals"][1])
    assert (tmp_path / "f.svg").stat().st_size > 5000
    draw_disorder_tail(files["splits"], files["samples"], tmp_path / "tail.svg")
    assert (tmp_path / "tail.svg").stat().st_size > 5000


def test_figure2_shows_disorders_of_one_and_of_four_hundred_subjects(files, tmp_path):
    columns = ["sample_id", "subject_id", "label", "group", "role", "repeat"]
    sizes = {"A": 400, "B": 9, "C": 2}
    rows = [
        (f"{name}{k}", f"{name}{k}", name, "rare" if name == "C" else "frequent", "gallery", "1" if name == "C" else "")
        for name, count in sizes.items()
        for k in range(count)
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "splits.csv", index=False)
    draw_disorder_tail(tmp_path / "splits.csv", files["samples"], tmp_path / "tail.png")
    picture = np.asarray(Image.open(tmp_path / "tail.png").convert("RGB")).astype(int)
    blue = np.abs(picture - [0x00, 0x72, 0xB2]).sum(axis=-1) < 30
    bars = blue[len(blue) // 2 :]  # below the legend
    assert bars[:, : bars.shape[1] // 2].any() and bars[:, bars.shape[1] // 2 :].any()


def test_of_many_disorders_frequent_and_rare_are_told_apart():
    names = [f"D{k:03d}" for k in range(80)]
    labels, group = (
        pd.Series(names * 2),
        pd.Series({name: "rare" if k % 2 else "frequent" for k, name in enumerate(names)}),
    )
    figure, axes = plt.subplots()
    _points(axes, np.random.default_rng(0).random((160, 2)), labels, names, group)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["frequent disorders", "rare disorders"]
    assert [len(points.get_offsets()) for points in axes.collections] == [80, 80]
    plt.close(figure)


def test_mean_distance_of_two_disorders_is_that_of_all_their_pairs():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((9, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.array(list("ABCABCABA"))
    distances, names = disorder_distances(vectors, labels)
    pairs = [1 - vectors[i] @ vectors[j] for i in range(9) for j in range(9) if labels[i] == "A" and labels[j] == "C"]
    assert names == ["A", "B", "C"] and distances[0, 2] == pytest.approx(np.mean(pairs)) and distances[1, 1] == 0


def encoded(files, tmp_path):
    samples = pd.read_csv(files["samples"])
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((len(samples), 2, 8)).astype(np.float32)
    np.save(tmp_path / "mbf.npy", vectors / np.linalg.norm(vectors, axis=2, keepdims=True))
    pd.DataFrame({"row": range(len(samples)), "sample_id": samples["sample_id"]}).to_csv(
        tmp_path / "mbf.csv", index=False
    )
    return tmp_path / "mbf.npy"


def test_clusters_are_the_same_for_the_same_seed(files, tmp_path):
    path = encoded(files, tmp_path)
    for name in "xy":
        out = [tmp_path / f"{name}{suffix}" for suffix in (".svg", ".csv", "_d.csv")]
        draw_disorder_clusters(
            splits_path=files["splits"],
            encoding_paths=[path],
            samples_path=files["samples"],
            **dict(zip(("figure_path", "points_path", "distances_path"), out, strict=True)),
            ensemble=[],
            perplexity=5,
            seed=7,
        )
    assert (tmp_path / "x.csv").read_text() == (tmp_path / "y.csv").read_text()
    assert pd.read_csv(tmp_path / "x_d.csv").shape == (4, 5)


def test_long_names_of_disorders_fit_above_a_face():
    assert match_sheet._short("KBG SYNDROME; KBGS") == "KBGS"
    assert match_sheet._short("KBG SYNDROME; KBGS (205)", "2. ") == "2. KBGS (205)"
    assert match_sheet._short("SIM-001", "1. ") == "1. SIM-001"
    lines = match_sheet._short("CHROMOSOME 14q3.4 DELETION SYNDROME, 35 MB", "1. ").split("\n")
    assert lines == ["1. CHROMOSOME", "14q3.4…"] and max(map(len, lines)) <= match_sheet.LETTERS


def test_the_sheet_takes_rare_disorders_first_and_refuses_what_is_no_test_image(files, tmp_path):
    splits = pd.read_csv(files["splits"], dtype=str, keep_default_na=False)
    assert match_sheet.choose_queries(splits, 3) == ["C0_0", "D0_0", "A0_0"]
    rows = [
        ("unified", "1", s, s[0], place, other, f"{other}1_0", 0.1 * place)
        for s in ("C0_0", "A0_0")
        for place, other in enumerate("CA", start=1)
    ]
    pd.DataFrame(rows, columns=NEAREST).to_csv(tmp_path / "nearest.csv", index=False)
    samples = pd.read_csv(files["samples"])
    samples.assign(row=range(len(samples)))[["row", "sample_id"]].to_csv(tmp_path / "index.csv", index=False)
    np.save(tmp_path / "crops.npy", np.zeros((len(samples), 16, 16, 3), np.uint8))
    paths = [
        tmp_path / "nearest.csv",
        files["splits"],
        tmp_path / "crops.npy",
        tmp_path / "index.csv",
        files["samples"],
    ]
    match_sheet.draw_match_sheet(
        **dict(zip(("nearest_path", "splits_path", "crops_path", "faces_path", "samples_path"), paths, strict=True)),
        output=tmp_path / "sheet.png",
        samples=["A0_0", "C0_0"],
        queries=1,
    )
    assert (tmp_path / "sheet.png").stat().st_size > 5000
    with pytest.raises(InputError, match=r"matching.sheet.samples: 'A1_0' is no test image; did you mean A0_0"):
        match_sheet.draw_match_sheet(
            **dict(
                zip(("nearest_path", "splits_path", "crops_path", "faces_path", "samples_path"), paths, strict=True)
            ),
            output=tmp_path / "sheet.png",
            samples=["A1_0"],
            queries=1,
        )
