"""What is kept of maps before they are packed: it gives the coefficients of the maps as they were, to the last bit."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.packed_stack import read_stack, write_packed
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS, SCALES, SIGNS, coefficient_pieces
from gestalt_regions.regions.region_sums import read_sums, write_sums

SIZE = 12
POLICIES = {f"{sign}_{scale}": {"sign": sign, "scale": scale} for sign in SIGNS for scale in SCALES}


@pytest.fixture
def fold(tmp_path):
    """Four maps of three faces in float32, packed, and their sums: one is constant, one is empty, one has no nose."""
    random = np.random.default_rng(3)
    signed = random.normal(size=(4, SIZE, SIZE)) ** 3
    maps = np.stack([signed, np.abs(signed) * 1.7], 1).astype(np.float32)
    maps[1], maps[2] = 0.3, 0
    regions = random.integers(0, 4, (3, SIZE, SIZE)).astype(np.uint8)
    regions[0][regions[0] == PAPER_REGION_IDS["nose"]] = 0
    np.save(tmp_path / "regions.npy", regions)
    np.save(tmp_path / "maps.npy", maps)
    write_packed(tmp_path / "maps.npz", maps.shape, [maps])
    rows = [2, 0, 1, 0]
    write_sums(tmp_path / "sums.npz", [maps[:3], maps[3:]], tmp_path / "regions.npy", rows)
    faces = pd.DataFrame({"row": range(3), "sample_id": list("abc")})
    faces.to_csv(tmp_path / "faces.csv", index=False)
    index = pd.DataFrame({"row": range(4), "sample_id": [faces.sample_id[row] for row in rows]})
    index.assign(set="folds", label="NS", target="WS").to_csv(tmp_path / "index.csv", index=False)
    return tmp_path


def coefficients(folder, **source):
    places = {"index": folder / "faces.csv", "regions": folder / "regions.npy", "indices": [folder / "index.csv"]}
    return pd.concat(coefficient_pieces(**source, **places, folds=["1"], policies=POLICIES), ignore_index=True)


def test_coefficients_of_the_sums_are_those_of_the_maps_to_the_bit(fold):
    of_maps = coefficients(fold, maps=[fold / "maps.npy"])
    of_sums = coefficients(fold, sums=[fold / "sums.npz"])
    of_packed = coefficients(fold, maps=[fold / "maps.npz"])
    pd.testing.assert_frame_equal(of_maps, of_sums, check_exact=True)
    assert of_maps.coefficient.isna().any() and of_maps.coefficient.notna().sum() > 40
    assert not of_packed.coefficient.equals(of_maps.coefficient)  # three digits tell
    assert not np.array_equal(read_stack(fold / "maps.npz")[:], np.load(fold / "maps.npy"))


def test_policies_may_be_chosen_after_the_maps_were_packed(fold):
    kept = read_sums(fold / "sums.npz")
    assert set(kept.sums) == set(kept.extremes) == set(SIGNS)
    largest = np.load(fold / "maps.npy")[0, 0].max()
    assert kept.extremes["signed"][0].high == kept.extremes["positive"][0].high == largest


def test_a_fold_without_an_image_has_sums_of_none(fold):
    write_sums(fold / "none.npz", [], fold / "regions.npy", [])
    assert read_sums(fold / "none.npz").areas.shape == (0, len(PAPER_REGION_IDS))


def test_sums_that_do_not_fit_are_named(fold):
    with pytest.raises(InputError, match=r"gone\.npz: no such file"):
        read_sums(fold / "gone.npz")
    with pytest.raises(InputError, match=r"maps\.npz: no sums of maps over regions .*sums_absolute"):
        read_sums(fold / "maps.npz")
    (fold / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match=r"text\.npz: no sums of maps over regions"):
        read_sums(fold / "text.npz")
    write_sums(fold / "short.npz", [np.zeros((1, 2, SIZE, SIZE), np.float32)], fold / "regions.npy", [0])
    with pytest.raises(InputError, match=r"short\.npz \(1, 3\) does not fit .*4 rows.* and 3 regions"):
        coefficients(fold, sums=[fold / "short.npz"])
