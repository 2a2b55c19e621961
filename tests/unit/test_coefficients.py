import numpy as np
import pandas as pd
import pytest
from gestalt_regions.coefficients import REGIONS, apply_policy, coefficient_table, coefficients
from gestalt_regions.errors import InputError


@pytest.fixture
def maps():
    signed = np.random.default_rng(0).normal(size=(5, 8, 8))
    return np.stack([signed, np.abs(signed) + 0.5], 1).astype(np.float32)


@pytest.fixture
def regions():
    return np.random.default_rng(1).integers(0, 4, (5, 8, 8)).astype(np.uint8)


def test_equation_4_is_the_mean_over_the_mask(maps, regions):
    values, areas = coefficients(apply_policy(maps, "absolute", "raw"), regions, [1, 2, 3])
    for n in range(5):
        for r in range(3):
            mask = regions[n] == r + 1
            assert areas[n, r] == mask.sum()
            assert values[n, r] == pytest.approx((maps[n, 1] * mask).sum() / mask.sum())


@pytest.mark.parametrize("constant", [0.0, 3.25])
def test_the_coefficient_of_a_constant_map_is_that_constant(constant, regions):
    values, _ = coefficients(np.full((5, 8, 8), constant), regions, [1, 2, 3])
    assert np.allclose(values, constant)


def test_a_region_without_pixels_has_no_coefficient(maps):
    values, areas = coefficients(apply_policy(maps, "signed", "raw"), np.ones((5, 8, 8), np.uint8), [1, 2])
    assert np.isfinite(values[:, 0]).all()
    assert np.isnan(values[:, 1]).all()
    assert (areas[:, 1] == 0).all()


def test_policies(maps):
    scaled = apply_policy(maps, "absolute", "minmax")
    assert np.allclose(scaled.min((1, 2)), 0)
    assert np.allclose(scaled.max((1, 2)), 1)
    assert np.allclose(np.abs(apply_policy(maps, "signed", "sum")).sum((1, 2)), 1)
    assert (apply_policy(maps, "positive", "raw") == np.maximum(maps[:, 0], 0)).all()
    assert np.isnan(apply_policy(np.ones((1, 2, 4, 4)), "absolute", "minmax")).all()


def test_the_table_joins_maps_and_regions_by_sample(tmp_path, maps, regions):
    names = list("abcde")
    pd.DataFrame({"row": range(5), "sample_id": names}).to_csv(tmp_path / "faces.csv", index=False)
    np.save(tmp_path / "regions.npy", regions)
    order = [3, 0]  # the fold explains two images, in another order than the stack of faces
    np.save(tmp_path / "m.npy", maps[order])
    index = pd.DataFrame({"row": [0, 1], "sample_id": ["d", "a"], "set": "folds", "label": "NS", "target": "WS"})
    index.to_csv(tmp_path / "m.csv", index=False)
    files = {"faces": tmp_path / "faces.csv", "regions": tmp_path / "regions.npy"}
    policies = {"p": {"sign": "absolute", "scale": "raw"}, "q": {"sign": "signed", "scale": "raw"}}
    table = coefficient_table([tmp_path / "m.npy"], [tmp_path / "m.csv"], ["2"], policies=policies, **files)
    assert len(table) == 2 * len(REGIONS) * 2
    row = table.query("sample_id == 'd' and region == 'nose' and policy == 'p'").iloc[0]
    mask = regions[3] == REGIONS["nose"]
    assert row.coefficient == pytest.approx(maps[3, 1][mask].mean())
    assert (row.fold, row.target, row.area) == ("2", "WS", mask.sum())
    index.sample_id = ["d", "z"]
    index.to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(InputError, match="sample 'z' is not in"):
        coefficient_table([tmp_path / "m.npy"], [tmp_path / "m.csv"], ["2"], policies=policies, **files)
