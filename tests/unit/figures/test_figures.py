"""Figures: drawn from a simulated study, the same bytes twice, and what they choose to show."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import (
    contact_sheet,
    figure1_montage,
    figure5_maps,
    figure6_boxplots,
    heatmaps,
    style,
    warned_faces,
)
from gestalt_regions.figures.selection import Selection
from simulated_inputs import METHODS, write_study

SVG_DATE = b"<dc:date>"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), per_class=9, heldout=3)


@pytest.fixture(scope="module")
def tests_table(study):
    """All RQ1 tests of the simulated study, one of them undefined."""
    syndromes = ["22q11DS", "Angelman", "KS", "NS", "WS"]
    rows = [
        ("corrected", m, s, r, "raw", 0.5, True, True)
        for m in METHODS
        for s in syndromes
        for r in ("eyes", "nose", "mouth")
    ]
    columns = ["variant", "method", "syndrome", "region", "policy", "rank_biserial", "significant", "simulated"]
    table = pd.DataFrame(rows, columns=columns).astype({"significant": object})
    table.loc[4, ["rank_biserial", "significant"]] = [np.nan, None]
    path = study / "tests.csv"
    table.to_csv(path, index=False)
    return path


def twice(draw, path):
    draw(path)
    first = path.read_bytes()
    draw(path)
    assert path.read_bytes() == first
    assert b"mathdefault" not in first  # figures take no mathematics: a number would be shown as its source
    return first


def test_boxplots(study, tests_table):
    paths = [study / "net" / "coefficients" / f"{m}.csv" for m in METHODS]

    def draw(output):
        figure6_boxplots.draw_boxplots(
            coefficient_paths=paths,
            tests_path=tests_table,
            samples_path=study / "samples.csv",
            output=output,
            policy="absolute_raw",
            control="Unaffected",
            syndromes=[],
            variant="corrected",
            unit="subject",
            selected=Selection("figures.figure6", methods=tuple(METHODS[:2])),
        )

    content = twice(draw, study / "figure6.svg")
    assert SVG_DATE not in content and b"simulated cohort" in content
    for text in (b"<!-- eyes -->", b"<!-- Unaffected (", b"<!-- * -->", METHODS[1].encode()):
        assert text in content


def test_stars_come_from_one_variant_only(tests_table):
    starred = figure6_boxplots._significant_cells(tests_table, "corrected")
    assert len(starred) == 15 * len(METHODS) - 1
    assert figure6_boxplots._significant_cells(tests_table, "as_published") == set()


def test_unknown_method_is_named():
    assert figure6_boxplots.choose_methods(["a.csv", "b.csv"], []) == ["a", "b"]
    four = ["SmoothGrad", "LRP-EpsilonPlusFlat", "GradCam", "Occlusion"]
    assert figure6_boxplots.choose_methods([f"{name}.csv" for name in sorted([*four, "Gradient"])], []) == four
    with pytest.raises(InputError, match="did you mean GradCam"):
        figure6_boxplots.choose_methods(["x/GradCam.csv"], ["GradCAM"])


def test_heatmaps(study, tests_table):
    rows = [(m, r, "within_syndrome", v, v / 2, True) for m in "ba" for r, v in (("mouth", 0.3), ("eyes", np.nan))]
    table = study / "table4.csv"
    columns = ["method", "region", "correlation", "rho_mean", "pooled_mean", "simulated"]
    pd.DataFrame(rows, columns=columns).to_csv(table, index=False)
    content = twice(lambda path: heatmaps.draw_correlation_heatmap(table, path), study / "correlation.svg")
    assert b"<!-- n/a -->" in content and b"<!-- 0.30 -->" in content and b"simulated cohort" in content
    assert content.index(b"<!-- mouth -->") < content.index(b"<!-- eyes -->")  # order of the table, not the alphabet
    content = twice(
        lambda path: heatmaps.draw_significance_heatmap(tests_table, path, variant="corrected"),
        study / "significance.svg",
    )
    assert content.count(b"<!-- .50* -->") == 15 * len(METHODS) - 1 and content.count(b"<!-- n/a -->") == 1
    with pytest.raises(InputError, match="corrected"):
        heatmaps.draw_significance_heatmap(tests_table, study / "x.svg", variant="correct")


def test_montage_shows_subjects_once_first(study):
    faces = study / "faces"
    inputs = (faces / "crops_32.npy", faces / "index.csv", study / "samples.csv")
    content = twice(lambda path: figure1_montage.draw_montage(*inputs, path, columns=4), study / "figure1.png")
    assert content.startswith(b"\x89PNG") and b"Software" not in content
    index = pd.DataFrame({"row": range(5), "label": ["b", "a", "a", "a", "a"], "subject_id": ["s", "t", "t", "u", "t"]})
    assert figure1_montage.choose_rows(index, 3) == {"a": [1, 3, 2], "b": [0]}


def test_sheet_of_warned_faces_and_excluded_photographs(study, tmp_path):
    faces, output = study / "faces", tmp_path / "warned_faces.svg"
    index = pd.read_csv(faces / "index.csv", dtype={"sample_id": str}).assign(warnings="")
    index.loc[[3, 5, 8], "warnings"] = ["outside", "glasses", "turned_90;residual"]
    excluded = pd.DataFrame({"sample_id": [index["sample_id"][0]], "reason": ["no_face"], "detail": ["none at 256"]})

    def draw(path, gone):
        index.to_csv(tmp_path / "index.csv", index=False)
        gone.to_csv(tmp_path / "excluded.csv", index=False)
        inputs = (tmp_path / "index.csv", tmp_path / "excluded.csv", study / "samples.csv")
        warned_faces.draw_warned_faces(faces / "crops_32.npy", *inputs, path)

    content = twice(lambda path: draw(path, excluded), output)
    assert b"2 faces with warnings, worst first; 1 excluded photographs (simulated cohort" in content
    names = [f"<!-- {index['sample_id'][row]} -->".encode() for row in (8, 3, 0)]
    assert content.index(names[0]) < content.index(names[1]) < content.index(names[2])
    assert f"<!-- {index['sample_id'][5]} -->".encode() not in content and b"none at 256" in content
    index["warnings"] = "outside"
    draw(output, excluded.iloc[:0])
    assert f"{len(index)} faces with warnings, worst first (the first 48 shown)".encode() in output.read_bytes()
    index["warnings"] = ""
    draw(output, excluded.iloc[:0])
    assert b"0 faces with warnings, worst first; 0 excluded photographs" in output.read_bytes()


def test_montage_refuses_a_foreign_index(study):
    samples = pd.read_csv(study / "samples.csv", dtype=str)
    with pytest.raises(InputError, match="rebuild the faces stage"):
        figure1_montage.load_faces_index(study / "faces" / "index.csv", samples, n_crops=3)


def test_maps(study):
    paths = [study / "net" / "fold-1" / "saliency" / f"{m}.npy" for m in METHODS]
    faces = study / "faces"
    inputs = (faces / "crops_32.npy", faces / "regions_32.npy", faces / "index.csv", study / "samples.csv")

    def draw(output):
        figure5_maps.draw_maps(
            map_paths=paths,
            **dict(zip(("crops_path", "regions_path", "faces_path", "samples_path"), inputs, strict=True)),
            output=output,
            samples=[],
            count=2,
            control="Unaffected",
            colormap="inferno",
        )

    assert twice(draw, study / "figure5.png").startswith(b"\x89PNG")


def test_contact_sheet_of_any_list_of_samples(study):
    folds = pd.read_csv(study / "folds.csv", dtype=str)
    third = folds[folds.fold == "3"].reset_index(drop=True)
    (study / "net/fold-3/saliency").mkdir(parents=True, exist_ok=True)
    for method in METHODS:
        path = study / "net/fold-3/saliency" / f"{method}.npy"
        np.save(path, np.random.default_rng(3).random((len(third), 2, 32, 32), dtype=np.float32))
        index = third[["sample_id", "label"]].assign(row=third.index, set="folds", target=third["label"])
        index.to_csv(path.with_suffix(".csv"), index=False)
    paths = [study / "net" / f"fold-{k}" / "saliency" / f"{m}.npy" for k in (1, 3) for m in METHODS]
    faces = study / "faces"
    inputs = (faces / "crops_32.npy", faces / "regions_32.npy", faces / "index.csv", study / "samples.csv")
    listed = [third.sample_id[4], folds[folds.fold == "1"].sample_id.iloc[0]]

    def draw(output):
        contact_sheet.draw_contact_sheet(
            map_paths=paths,
            **dict(zip(("crops_path", "regions_path", "faces_path", "samples_path"), inputs, strict=True)),
            output=output,
            samples=listed,
            count=1,
            control="Unaffected",
            colormap="cividis",
        )

    assert twice(draw, study / "sheet.png").startswith(b"\x89PNG")
    found = contact_sheet.find_maps(paths, listed)
    assert {(found[listed[0], m][0].parts[-3], found[listed[1], m][0].parts[-3]) for m in METHODS} == {
        ("fold-3", "fold-1")
    }
    assert found[listed[0], "GradCam"][1] == 4
    with pytest.raises(InputError, match=r"contact_sheet\.samples: 'nobody' is not explained"):
        contact_sheet.find_maps(paths, ["nobody"])


def test_a_tile_shows_the_crop_the_map_and_the_outline():
    crop, mask = np.full((8, 8, 3), 255, np.uint8), np.zeros((8, 8), np.uint8)
    mask[2:6, 2:6] = 1
    scaled = np.zeros((4, 4))
    scaled[3, 3] = 1
    plain, drawn = (contact_sheet.outlined_tile(crop, mask, m, "inferno") for m in (None, scaled))
    assert (plain[0, 0] == 1).all() and (plain[3, 3] == 1).all() and (plain[2, 4] != 1).any()
    assert (drawn[6:, 6:] > drawn[0, 0]).all() and (drawn[2, 4] == plain[2, 4]).all()


def test_maps_choose_recognised_held_out_faces_of_different_classes():
    index = pd.DataFrame(
        [
            ("a", "folds", "KS", "KS"),
            ("b", "heldout", "KS", "WS"),
            ("c", "heldout", "KS", "KS"),
            ("d", "heldout", "Unaffected", "Unaffected"),
            ("e", "folds", "WS", "WS"),
        ],
        columns=["sample_id", "set", "label", "target"],
    )
    assert figure5_maps.choose_faces(index, [], 2, "Unaffected") == ["c", "e"]
    assert figure5_maps.choose_faces(index, ["d"], 2, "Unaffected") == ["d"]
    with pytest.raises(InputError, match="is not explained"):
        figure5_maps.choose_faces(index, ["z"], 2, "Unaffected")


def test_minmax_of_a_constant_map_is_zero():
    assert (figure5_maps.minmax(np.full((2, 2), 3.0)) == 0).all()
    np.testing.assert_allclose(figure5_maps.minmax(np.array([[1.0, 3.0]])), [[0, 1]])


def test_names_are_no_mathematics(tmp_path):
    style.apply()
    figure, axes = plt.subplots()
    style.log_scale(axes, "y")
    axes.plot([1, 2], [1, 2000])
    axes.set_title(r"gene $\frac{ of \{class\} costs 5 $ & 7 $")
    style.save(figure, tmp_path / "names.svg")
    drawn = (tmp_path / "names.svg").read_text()
    assert r"<!-- gene $\frac{ of \{class\} costs 5 $ &amp; 7 $ -->" in drawn
    assert "<!-- 1,000 -->" in drawn and "mathdefault" not in drawn
