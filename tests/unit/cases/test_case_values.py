"""Values of a new face by several folds: no surer together than each is alone."""

import numpy as np
import pytest
import torch
from gestalt_regions.cases.explanations import Made, value_table
from gestalt_regions.saliency.explanation import Explanation


def explained(values, half):
    values, half = np.array([values]), np.array([half])
    pictures = np.zeros((1, 1, 4, 4, 3), np.uint8)
    names = ("eyes", "explained by no region")
    return Explanation(torch.zeros(1, 1, 4, 4), names, values, values - half, values + half, pictures, ("Unaffected",))


def test_the_interval_is_as_wide_as_those_of_the_folds():
    folds = [explained([value, 5.0 + value], [half, np.nan]) for value, half in ((1.0, 2.0), (1.1, 3.0), (1.2, 4.0))]
    table, pictures = value_table(Made(values={("KS", "MorphMean", ""): folds}), 4)
    eyes, rest = table.itertuples()
    assert eyes.value == pytest.approx(1.1)
    assert (eyes.low, eyes.high) == pytest.approx((1.1 - 3, 1.1 + 3))  # though the folds agree to a tenth
    assert rest.value == pytest.approx(6.1)
    assert rest.high - rest.value == pytest.approx(4.303 * 0.1 / np.sqrt(3), rel=1e-3)  # t with 2 degrees of freedom
    assert len(pictures) == 1
