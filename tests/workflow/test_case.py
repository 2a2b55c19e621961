"""Cases after the finished smoke study: photographs of no study, which make nothing of the study again."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import skimage.data
from PIL import Image

SMOKE = ("config/studies/smoke.yaml",)
OF_CASES = {"case_gallery", "explain_case", "case_page", "case"}
SECRET = "patients of Dr Smith"


@pytest.fixture(scope="module")
def finished(smoke, workdir, copy_smoke, tmp_path_factory):
    """A copy of the finished smoke study; a folder with a portrait, a damaged file and a photograph of the study."""
    place = workdir("cases")
    copy_smoke(place.folder)
    folder = tmp_path_factory.mktemp("outside") / SECRET
    folder.mkdir()
    exif = Image.Exif()
    exif[271], exif[36867] = "a camera", "2020:01:01 00:00:00"
    Image.fromarray(skimage.data.astronaut()).save(folder / "new patient.jpg", exif=exif)
    (folder / "damaged.jpg").write_bytes(
        (files("matplotlib") / "mpl-data/sample_data/grace_hopper.jpg").read_bytes()[:9000]
    )
    samples = pd.read_csv(place.folder / "results/smoke/samples.csv").set_index("sample_id")
    name = samples.index[0]
    (folder / "known.png").write_bytes((place.folder / "results/smoke" / samples.image[name]).read_bytes())
    return place, folder, name


def test_a_photograph_makes_nothing_of_the_study_again(finished):
    place, folder, _ = finished
    photo = ("--config", f"photo='{folder}'")
    assert place.planned(*photo, studies=SMOKE) == {}
    assert set(place.planned("case", *photo, studies=SMOKE)) <= OF_CASES
    against = ("--config", f"photo='{folder}'", "case={classes: [KS], against: NS, level: 0.8, neighbours: 3}")
    assert place.planned(*against, studies=SMOKE) == {}


def test_without_a_photograph_the_run_says_how_to_give_one(finished):
    place, _, _ = finished
    for arguments, said in (
        ((), "--config photo=path.jpg"),
        (("--config", "photo=gone.jpg"), "'gone.jpg' does not exist"),
    ):
        done = place.snakemake("case", "--dry-run", *arguments, studies=SMOKE, check=False)
        assert done.returncode and said in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_an_unfinished_study_is_said_to_be_unfinished(finished):
    place, folder, _ = finished
    gone = place.folder / "results/smoke/resnet18_morph/fold-1/saliency/GradCam.npy"
    kept = gone.rename(gone.with_suffix(".kept"))
    planned = place.planned("case", "--config", f"photo='{folder}'", studies=SMOKE)
    kept.rename(gone)
    assert set(planned) - OF_CASES == {"saliency"}


def test_each_photograph_has_a_case_and_a_bad_one_stops_no_other(finished):
    place, folder, name = finished
    place.snakemake("case", "--config", f"photo='{folder}'", studies=SMOKE)
    cases = place.folder / "results/smoke/resnet18_morph/cases"
    about = {path.parents[1].name: json.loads(path.read_text()) for path in cases.glob("*/data/case.json")}
    assert about.keys() == {"new_patient", "damaged", "known"}
    assert "truncated" in about["damaged"]["refusal"] and not about["new_patient"]["refusal"]
    assert any(name in caution for caution in about["known"]["cautions"])
    assert any("Not in this study" in caution for caution in about["new_patient"]["cautions"])  # MorphMean, LRP
    data = cases / "new_patient/data"
    classes, regions = pd.read_csv(data / "classes.csv"), pd.read_csv(data / "regions.csv")
    assert classes.probability.sum() == pytest.approx(1, abs=1e-6)
    assert classes.in_set.any() and about["new_patient"]["asked"]
    assert set(regions.method) == {"GradCam", "Occlusion"} and (regions.control_n > 0).all()
    maps = np.load(data / "maps.npy")
    assert maps.shape == (len(pd.read_csv(data / "maps.csv")), 112, 112) and np.abs(maps).max() > 0
    for table in data.glob("*.csv"):
        empty, full = (list(pd.read_csv(each)) for each in (cases / "damaged/data" / table.name, table))
        assert empty == full, table.name


def test_nothing_says_where_a_photograph_lay_or_when_it_was_taken(finished):
    place, _, _ = finished
    assert not Image.open(place.folder / "results/smoke/resnet18_morph/cases/new_patient/data/photo.jpg").getexif()
    results = place.folder / "results"
    written = [path for path in results.rglob("*") if path.is_file() and "assets" not in path.parts]
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert [path for path in written if "case" in str(path) and b"a camera" in path.read_bytes()] == []


def test_after_cases_the_study_is_still_finished(finished):
    place, folder, _ = finished
    assert place.planned("case", "--config", f"photo='{folder}'", studies=SMOKE) == {}
    assert place.planned(studies=SMOKE) == {}
