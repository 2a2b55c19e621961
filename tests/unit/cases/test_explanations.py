"""Tables of explanations of a new face: coefficients beside those of the study, values with their interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cases import explanations
from gestalt_regions.cases.explanations import Made
from gestalt_regions.saliency.explanation import Explanation


def explanation(values: list[float], half: float, fill: int) -> Explanation:
    array = np.array([values], float)
    pictures = np.full((1, 2, 4, 4, 3), fill, np.uint8)
    return Explanation(None, ("eyes", "mouth", "outside the face"), array, array - half, array + half, pictures, ("Y",))


def test_coefficients_lie_among_faces_explained_for_the_same_class():
    made = Made(coefficients={("X", "GradCam"): [np.array([0.4, 0.1]), np.array([0.6, 0.3])]})
    study = pd.DataFrame(
        [(f"x{i}", "X", "X", "GradCam", "eyes", value) for i, value in enumerate([0.1, 0.2, 0.6, 0.5])]
        + [("x0", "X", "Y", "GradCam", "eyes", 99), ("y0", "Y", "X", "GradCam", "eyes", 0.0)]
        + [("x1", "X", "X", "GradCam", "eyes", 0.4), ("x1", "X", "X", "Occlusion", "eyes", 99)],
        columns=["sample_id", "label", "target", "method", "region", "coefficient"],
    )
    table = explanations.region_table(made, study, "raw", ["eyes", "mouth"], "Y").set_index("region")
    eyes = table.loc["eyes"]
    assert (eyes["coefficient"], eyes["low"], eyes["high"]) == pytest.approx((0.5, 0.4, 0.6))
    assert eyes["class_n"] == 4 and eyes["class_percentile"] == pytest.approx(100 * 2.5 / 4)  # x1 is 0.3 on average
    assert eyes["class_q50"] == pytest.approx(0.4)
    assert eyes["control_n"] == 1 and eyes["control_percentile"] == 100
    assert table.loc["mouth", "class_n"] == 0 and np.isnan(table.loc["mouth", "class_percentile"])


def test_each_comparison_has_its_rows_and_its_pictures():
    made = Made(
        values={
            ("X", "Morph", ""): [explanation([1, 0, 5], 0.3, 10), explanation([3, 0, 5], 0.5, 20)],
            ("X", "Morph", "Z"): [explanation([2, 0, 5], 0.3, 30), explanation([2, 0, 5], 0.3, 40)],
        }
    )
    table, pictures = explanations.value_table(made, 4)
    assert table["region"].tolist() == ["eyes", "mouth", "outside the face"] * 2
    assert table["row"].tolist() == [0, 1, "", 2, 3, ""]
    assert pictures.shape == (4, 4, 4, 3)
    assert pictures[0].max() in (10, 20) and pictures[2].max() in (30, 40)


def test_maps_are_means_over_folds_with_their_sign():
    made = Made(maps={("X", "GradCam"): [np.full((4, 4), -1.0), np.full((4, 4), 3.0)]})
    table, maps = explanations.map_table(made, "raw", 4)
    assert maps.dtype == np.float32 and (maps == 1).all() and table["scale"].tolist() == [1.0]
    nothing, empty = explanations.map_table(Made(), "raw", 4)
    assert list(nothing.columns) == explanations.MAPS and empty.shape == (0, 4, 4)
