"""The region sets on the mean face."""

import numpy as np
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import region_set_outlines
from simulated_inputs import write_study


def test_modal_map_and_mean_face():
    regions = np.array([[[1, 2]], [[1, 0]], [[2, 0]]], np.uint8)
    np.testing.assert_array_equal(region_set_outlines.modal_map(regions, 2), [[1, 0]])
    crops = np.random.default_rng(0).integers(0, 256, (70, 4, 4, 3)).astype(np.uint8)  # more than one block
    np.testing.assert_allclose(region_set_outlines.mean_face(crops), crops.astype(float).mean(axis=0))


def test_the_figure_is_drawn_alike_twice_and_names_what_does_not_fit(tmp_path, root):
    base = write_study(tmp_path, per_class=3, heldout=1)
    crops, regions = base / "faces/crops_32.npy", base / "faces/regions_32.npy"

    def draw(output, path=regions):
        maps = {"paper": regions, "fine": path}
        region_set_outlines.draw_region_sets(crops, maps, root / "resources/regions.yaml", base / "samples.csv", output)
        return output.read_bytes()

    first = draw(tmp_path / "a.svg")
    assert first == draw(tmp_path / "b.svg")
    assert b"simulated cohort" in first and b"13 background" in first
    np.save(tmp_path / "short.npy", np.load(regions)[1:])
    with pytest.raises(InputError, match="does not fit"):
        draw(tmp_path / "c.svg", tmp_path / "short.npy")
