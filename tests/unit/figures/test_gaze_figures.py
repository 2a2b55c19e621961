"""Figures of eye-tracking: rows in their order, a colour for each group, and faces that have maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.io import write_array, write_table
from gestalt_regions.figures.gaze_forest import PANELS, draw_gaze_forest
from gestalt_regions.figures.gaze_sheet import choose_sheet_faces, draw_gaze_sheet

KINDS = {"Right": "method", "Sobel": "control", "Uniform": "floor", "OtherReaders": "ceiling", "readers: b": "ceiling"}


@pytest.fixture
def samples(tmp_path):
    path = tmp_path / "samples.csv"
    table = pd.DataFrame({"sample_id": ["A-1", "A-2", "B-1"], "label": ["A", "A", "B"]})
    write_table(table.assign(subject_id="P", kin_group="K", split="heldout", simulated=True), path)
    return path


def test_scores_of_two_groups(tmp_path, samples):
    rows = [
        (group, gaze, measure, method, kind, 0.5, np.nan if group == "b" else 0.4, 0.6, "")
        for group in ("all", "a", "b")
        for gaze, measure, _ in PANELS
        for method, kind in KINDS.items()
    ]
    columns = ["group", "gaze", "measure", "method", "kind", "value", "low", "high", "note"]
    write_table(pd.DataFrame(rows, columns=columns), tmp_path / "scores.csv")
    draw_gaze_forest(tmp_path / "scores.csv", samples, tmp_path / "figure.svg", simulated=True)
    drawn = (tmp_path / "figure.svg").read_text()
    assert "simulated readers; simulated cohort" in drawn and "no interval" in drawn
    places = [drawn.index(f"<!-- {name} -->") for name in ("OtherReaders", "readers: b", "Right", "Sobel", "Uniform")]
    assert places == sorted(places)


def test_faces_of_the_sheet_have_maps():
    index = pd.DataFrame(
        [("A-1", "all", 9), ("A-2", "all", 30), ("B-1", "all", 5), ("B-1", "x", 90)],
        columns=["sample_id", "group", "fixations"],
    )
    labels = {"A-1": "A", "A-2": "A", "B-1": "B"}
    assert choose_sheet_faces(index, labels, ["A-1", "A-2", "B-1"]) == ["A-2", "B-1"]
    assert choose_sheet_faces(index, labels, ["A-1", "B-1"], count=1) == ["A-1"]


def test_a_sheet_is_drawn(tmp_path, samples):
    rng = np.random.default_rng(1)
    files = {name: str(tmp_path / f"{name}.csv") for name in ("fixations", "index", "faces")} | {
        "samples": str(samples)
    }
    files |= {name: str(tmp_path / f"{name}.npy") for name in ("crops", "densities")}
    looks = pd.DataFrame({"reader": "R", "face": ["A-1", "B-1"], "group": "", "duration": 200.0})
    write_table(looks.assign(crop_x=5.0, crop_y=6.0, on_crop=[True, False]), files["fixations"])
    write_table(
        pd.DataFrame([(0, "A-1", "all", 1)], columns=["row", "sample_id", "group", "fixations"]), files["index"]
    )
    write_table(pd.DataFrame({"row": [0, 1], "sample_id": ["A-1", "B-1"]}), files["faces"])
    write_array(rng.integers(0, 255, (2, 16, 16, 3)).astype(np.uint8), files["crops"])
    write_array(rng.random((1, 16, 16)).astype(np.float32), files["densities"])
    write_array(rng.random((1, 2, 16, 16)).astype(np.float32), tmp_path / "GradCam.npy")
    write_table(pd.DataFrame({"row": [0], "sample_id": ["A-1"]}), tmp_path / "GradCam.csv")
    maps, indices = [str(tmp_path / "GradCam.npy")], [str(tmp_path / "GradCam.csv")]
    draw_gaze_sheet(
        maps, indices, files, tmp_path / "sheet.svg", methods=["GradCam"], simulated=False, colormap="inferno"
    )
    drawn = (tmp_path / "sheet.svg").read_text()
    assert "<!-- GradCam -->" in drawn and "(simulated cohort)" in drawn
    assert drawn.count("<image") == 3  # the face with its fixation, the density, the map
