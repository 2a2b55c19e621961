"""Figures of the study of class imbalance: a line for each kind of set, and chance and floor beside them."""

from __future__ import annotations

import pandas as pd
import pytest
from gestalt_regions.evaluation.imbalance.imbalance_curves import CURVE
from gestalt_regions.figures.imbalance_figures import LINES, draw_curves


def curve(varied: str, group: str, method: str, measure: str) -> list[dict]:
    rows = []
    for (faces, trained_on), _ in LINES[varied].items():
        for number in (1, 4, 16):
            line = {"varied": varied, "number": number, "faces": faces, "trained_on": trained_on, "answers": "all"}
            numbers = {
                "images": 20,
                "subjects": 20,
                "families": 15,
                "value": 0.5,
                "low": 0.4,
                "high": 0.6,
                "level": 0.95,
            }
            rows.append({**line, **numbers, "method": method, "measure": measure, "simulated": True, "group": group})
    return rows


@pytest.mark.parametrize("varied", ["ratio", "classes"])
@pytest.mark.parametrize("truth", [True, False])
def test_every_kind_of_set_has_a_line(tmp_path, varied, truth):
    rows = curve(varied, "accuracy", "", "accuracy") + curve(varied, "accuracy", "", "accuracy_by_shares")
    rows += curve(varied, "similarity", "GradCam", "ssim")
    if truth:
        rows += curve(varied, "recovery", "GradCam", "auc") + curve(varied, "recovery", "RegionPrior", "auc")
    table, paths = pd.DataFrame(rows), {}
    for group, part in table.groupby("group"):
        paths[group] = str(tmp_path / f"{group}.csv")
        part[CURVE].to_csv(paths[group], index=False)
    draw_curves(paths, tmp_path / "curves.svg", varied=varied, methods=["GradCam", "Gradient"], controls=["Sobel"])
    drawn = (tmp_path / "curves.svg").read_text()
    for label in LINES[varied].values():
        assert f"<!-- {label} -->" in drawn
    assert "simulated faces" in drawn
    assert ("divided by shares of classes" in drawn) == (varied == "ratio")
    assert ("recovery (AUC)" in drawn) == truth


def test_nothing_varied_is_an_empty_figure(tmp_path):
    pd.DataFrame(curve("ratio", "accuracy", "", "accuracy"))[CURVE].to_csv(tmp_path / "accuracy.csv", index=False)
    tables = {"accuracy": str(tmp_path / "accuracy.csv")}
    draw_curves(tables, tmp_path / "classes.svg", varied="classes", methods=["GradCam"], controls=[])
    assert (tmp_path / "classes.svg").is_file()
