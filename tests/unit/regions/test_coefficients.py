import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS, SCALES, SIGNS, coefficient_pieces, image_coefficients


@pytest.fixture
def maps():
    signed = np.random.default_rng(0).normal(size=(5, 8, 8))
    return np.stack([signed, np.abs(signed) + 0.5], 1).astype(np.float32)


@pytest.fixture
def regions():
    return np.random.default_rng(1).integers(0, 4, (5, 8, 8)).astype(np.uint8)


POLICIES = {f"{sign}_{scale}": {"sign": sign, "scale": scale} for sign in SIGNS for scale in SCALES}


def naive(stored, regions, region, sign, scale):
    """Equation 4 as it is written: scale the map, then take the mean over the mask."""
    signed, absolute = stored.astype(np.float64)
    scaled = {"signed": signed, "absolute": absolute, "positive": np.where(signed > 0, signed, 0)}[sign]
    if scale == "minmax":
        scaled = (scaled - scaled.min()) / (scaled.max() - scaled.min())
    elif scale == "sum":
        scaled = scaled / np.abs(scaled).sum()
    mask = (regions == region).astype(float)
    return (scaled * mask).sum() / mask.sum()


def test_equation_4_under_every_policy(maps, regions):
    for stored, ids in zip(maps, regions, strict=True):
        values, areas = image_coefficients(stored, ids, 3, POLICIES)
        assert list(areas) == [(ids == region).sum() for region in (1, 2, 3)]
        for row, policy in zip(values, POLICIES.values(), strict=True):
            expected = [naive(stored, ids, region, **policy) for region in (1, 2, 3)]
            np.testing.assert_allclose(row, expected, rtol=1e-6)


@pytest.mark.parametrize("constant", [0.0, 3.25])
def test_the_coefficient_of_a_constant_map_is_that_constant(constant, regions):
    values, _ = image_coefficients(np.full((2, 8, 8), constant, np.float32), regions[0], 3, POLICIES)
    by_policy = dict(zip(POLICIES, values, strict=True))
    assert all(np.allclose(by_policy[f"{sign}_raw"], constant) for sign in SIGNS)
    assert all(np.isnan(by_policy[f"{sign}_minmax"]).all() for sign in SIGNS)  # no range to scale by
    share = np.full(3, np.nan) if constant == 0 else np.full(3, 1 / 64)
    assert all(np.allclose(by_policy[f"{sign}_sum"], share, equal_nan=True) for sign in SIGNS)


def test_a_region_without_pixels_has_no_coefficient(maps):
    values, areas = image_coefficients(maps[0], np.ones((8, 8), np.uint8), 2, POLICIES)
    assert np.isfinite(values[:, 0]).all() and np.isnan(values[:, 1]).all()
    assert list(areas) == [64, 0]


def test_the_table_joins_maps_and_regions_by_sample(tmp_path, maps, regions):
    names = list("abcde")
    pd.DataFrame({"row": range(5), "sample_id": names}).to_csv(tmp_path / "faces.csv", index=False)
    np.save(tmp_path / "regions.npy", regions)
    order = [3, 0]  # the fold explains two images, in another order than the stack of faces
    np.save(tmp_path / "m.npy", maps[order])
    index = pd.DataFrame({"row": [0, 1], "sample_id": ["d", "a"], "set": "folds", "label": "NS", "target": "WS"})
    index.to_csv(tmp_path / "m.csv", index=False)
    files = {"index": tmp_path / "faces.csv", "regions": tmp_path / "regions.npy", "folds": ["2"]}
    files |= {"maps": [tmp_path / "m.npy"], "indices": [tmp_path / "m.csv"]}
    policies = {"p": {"sign": "absolute", "scale": "raw"}, "q": {"sign": "signed", "scale": "raw"}}
    pieces = coefficient_pieces(policies=policies, **files)
    table = pd.concat(pieces, ignore_index=True)
    assert len(table) == 2 * len(PAPER_REGION_IDS) * 2
    row = table.query("sample_id == 'd' and region == 'nose' and policy == 'p'").iloc[0]
    mask = regions[3] == PAPER_REGION_IDS["nose"]
    assert row.coefficient == pytest.approx(maps[3, 1][mask].mean())
    assert (row.fold, row.target, row.area) == ("2", "WS", mask.sum())
    index.sample_id = ["d", "z"]
    index.to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(InputError, match="sample 'z' is not in"):
        list(coefficient_pieces(policies=policies, **files))
