"""A folder of real photographs: the two public-domain portraits that scikit-image and matplotlib ship."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd
import pytest
import skimage.data
import skimage.io


@pytest.fixture(scope="module")
def photos(workdir):
    place = workdir("photos")
    folder = place.folder / "photos"
    folder.mkdir()
    skimage.io.imsave(folder / "astronaut.png", skimage.data.astronaut())
    hopper = files("matplotlib") / "mpl-data/sample_data/grace_hopper.jpg"
    (folder / "hopper.jpg").write_bytes(hopper.read_bytes())
    (folder / "broken.jpg").write_bytes(b"not a picture")
    (folder / "photos.csv").write_text("image,label\nastronaut.png,A\nhopper.jpg,B\nbroken.jpg,B\ngone.png,A\n")
    study = place.folder / "photos.yaml"
    study.write_text("cohort: {kind: folder, name: photos, folder: {images: photos, table: photos/photos.csv}}\n")
    place.snakemake("results/photos/faces/index.csv", "results/photos/samples.csv", studies=("photos.yaml",))
    return place.folder / "results/photos"


def test_both_faces_are_found_where_they_are(photos):
    index = pd.read_csv(photos / "faces/index.csv").set_index("sample_id")
    assert sorted(index.index) == ["astronaut", "hopper"]
    assert index.x3["astronaut"] == pytest.approx(220, abs=25)  # the nose, in pixels of the photograph
    assert index.y3["astronaut"] == pytest.approx(125, abs=25)
    assert not pd.read_csv(photos / "samples.csv").simulated.any()


def test_broken_and_missing_files_are_excluded_with_their_reason(photos):
    excluded = pd.read_csv(photos / "faces/excluded.csv").set_index("sample_id")
    assert sorted(excluded.index) == ["broken", "gone"]
    assert (excluded.reason != "").all()
    assert excluded.reason["broken"] != excluded.reason["gone"]
