"""Inputs as people have them: each kind has a quick test somewhere, and the real ones run through Snakemake here.

`../shared/field-cases` holds a small input for each condition, with a README that says what is right. The quick tests
make their own inputs, so they need no such folder.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TESTS = Path(__file__).parents[1]
FIELD_CASES = TESTS.parents[1] / "shared/field-cases"
GMDB = "config/studies/gmdb.yaml"
# field case -> the quick tests of its kind
QUICK = {
    "age_text": ["unit/cohort/test_who_is_who.py::test_ages_are_judged_when_the_table_is_read"],
    "exif_resolution_as_text": ["unit/faces/test_photo.py::test_a_picture_with_broken_exif_is_read"],
    "gmdb_subject_forms": [
        "unit/cohort/test_cohort_gmdb.py::test_a_person_on_both_sides_is_seen_however_a_list_writes_the_number"
    ],
    "gmdb_trailing_tab": ["unit/cohort/test_cohort_gmdb.py::test_a_tab_at_the_end_of_each_row_loses_nothing"],
    "heic": [
        "unit/faces/test_photo.py::test_any_kind_of_photograph_becomes_upright_rgb",
        "unit/faces/test_photo.py::test_the_first_bytes_of_a_heic_name_the_format",
    ],
    "hpo_ids": ["unit/hpo/test_facial_terms.py::test_columns_are_read_as_terms_and_what_was_a_synonym_is_logged"],
    "method_parameters": ["unit/study/test_bad_values.py::test_parameters_of_methods"],
    "misspelt_columns": ["unit/cohort/test_who_is_who.py::test_columns_under_other_names_say_who_is_who"],
    "names_na": ["unit/cohort/test_who_is_who.py::test_names_that_look_like_nothing"],
    "nan_training": ["unit/models/test_finite.py::test_a_training_that_diverges_stops_at_its_epoch_and_names_it"],
    "photo_replaced": [
        "unit/faces/test_photograph_lists.py::test_a_replaced_or_removed_photograph_changes_its_own_list"
    ],
    "scanner_crc": ["unit/faces/test_photo.py::test_a_png_with_a_wrong_checksum_beside_its_pixels_is_read"],
    "semicolon": ["unit/cohort/test_who_is_who.py::test_semicolons_as_a_german_spreadsheet_saves_them"],
    "sideways": ["unit/faces/test_face_shards.py::test_sideways_and_upside_down_faces_are_turned_upright"],
    "subject_spelling": [
        "unit/cohort/test_who_is_who.py::test_a_person_is_one_however_capitals_blanks_and_numbers_are_written"
    ],
    "trailing_comma": ["unit/cohort/test_who_is_who.py::test_a_comma_at_the_end_of_each_row"],
    "unicode_names": [
        "unit/cohort/test_who_is_who.py::test_photographs_are_found_however_the_disk_writes_their_names",
        "unit/cohort/test_who_is_who.py::test_names_of_samples_are_safe_and_distinct",
    ],
    "upside_down": ["unit/faces/test_face_shards.py::test_sideways_and_upside_down_faces_are_turned_upright"],
    "wide_gamut": [
        "unit/faces/test_photo.py::test_wide_gamut_pictures_become_srgb",
        "unit/faces/test_photo.py::test_profiles_of_every_format_are_applied",
    ],
}


def test_every_kind_has_a_quick_test():
    if FIELD_CASES.is_dir():
        assert {path.name for path in FIELD_CASES.iterdir() if path.is_dir()} <= set(QUICK)
    for case, tests in QUICK.items():
        assert tests, f"{case}: no quick test is named"
        for test in tests:
            file, function = test.split("::")
            assert re.search(rf"^def {function}\(", (TESTS / file).read_text(), re.MULTILINE), test


class Run:
    """A finished run of one field case: its exit status, what it said, and its tables."""

    def __init__(self, place, case: str, *targets: str, studies: tuple[str, ...], dry: bool = False) -> None:
        self.results = place.folder / f"results/k_{case}"
        wanted = [f"results/k_{case}/{target}" for target in targets]
        done = place.snakemake(*wanted, *(["--dry-run"] if dry else []), cores=1, studies=studies, check=False)
        logs = [path.read_text() for path in sorted((place.folder / f"results/logs/k_{case}").rglob("*.log"))]
        self.status = done.returncode
        self.said = "\n".join([done.stdout, done.stderr, *logs])

    def table(self, name: str = "samples.csv") -> pd.DataFrame:
        return pd.read_csv(self.results / name, dtype=str, keep_default_na=False)

    def faces(self) -> pd.DataFrame:
        return self.table("faces/index.csv").set_index("sample_id")

    def excluded(self) -> pd.DataFrame:
        return self.table("faces/excluded.csv").set_index("sample_id")

    def crop(self, sample: str) -> np.ndarray:
        """Pixels of a sample's crop of 112 x 112."""
        return np.load(self.results / "faces/crops_112.npy")[int(self.faces().loc[sample, "row"])].astype(float)

    def refused(self, *words: str) -> None:
        """It stopped, and said all of the words."""
        assert self.status != 0

        for word in words:
            assert word in self.said, self.said[-3000:]

    def done(self) -> Run:
        """The run, which has not stopped."""
        assert self.status == 0, self.said[-3000:]
        return self


@pytest.fixture(scope="module")
def run(workdir):
    """run(case, *targets): the real field case through Snakemake; skips where they are not here."""
    if not FIELD_CASES.is_dir():
        pytest.skip("../shared/field-cases is not here")
    place = workdir("field-cases")
    shared = place.folder.parent / "shared"  # the studies name ../shared
    if not shared.exists():
        shared.symlink_to(FIELD_CASES.parent)

    def start(case: str, *targets: str, more: str = "", before: tuple[str, ...] = (), **options) -> Run:
        studies = [*before, f"../shared/field-cases/{case}/study.yaml"]
        if more:
            (place.folder / f"{case}.yaml").write_text(more)
            studies.append(f"{case}.yaml")
        return Run(place, case, *targets, studies=tuple(studies), **options)

    start.place = place
    return start


def real(case: str) -> str:
    """Folder of a field case as its study names it."""
    return f"../shared/field-cases/{case}"


@pytest.mark.slow
def test_ages_that_are_no_numbers_are_said_when_the_table_is_read(run):
    done = run("age_text", "samples.csv")
    assert re.search(r"unknown.*line 7|line 7.*unknown", done.said)
    table = f"cohort: {{folder: {{table: {real('age_text')}/age_commas.csv}}}}\n"
    ages = run("age_text", "samples.csv", more=table).done().table()["age"]
    assert ages.astype(float).between(0, 30).all() and ages[0] == "0.5"


@pytest.mark.slow
def test_broken_exif_leaves_the_photograph_upright(run):
    done = run("exif_resolution_as_text", "faces/index.csv").done()
    assert "good" in done.faces().index
    if "bad_exif" in done.faces().index:
        assert np.abs(done.crop("good") - done.crop("bad_exif")).mean() < 10
    else:
        assert done.excluded().loc["bad_exif", "reason"] == "unreadable"


@pytest.mark.slow
def test_forms_of_a_person_are_one_in_the_lists_of_gmdb(run):
    run("gmdb_subject_forms", "samples.csv", before=(GMDB,)).refused("11", "both in the gallery and in the test set")


@pytest.mark.slow
def test_a_tab_at_the_end_of_each_row_loses_nothing_of_gmdb(run):
    table = run("gmdb_trailing_tab", "samples.csv", before=(GMDB,)).done().table().set_index("sample_id")
    assert table.loc["1", ["sex", "age", "ancestry"]].tolist() == ["male", "2.5", "European"]


@pytest.mark.slow
def test_heic_and_avif_are_read_or_named(run):
    done = run("heic", "faces/index.csv").done()
    for sample, name in (("IMG_1234", "HEIC"), ("IMG_1235", "HEIC"), ("a", "AVIF")):
        assert sample in done.faces().index or name in done.excluded().loc[sample, "detail"]


@pytest.mark.slow
@pytest.mark.parametrize("table", ["annotations", "lower", "synonym"])
def test_terms_by_id_capitals_and_synonym(run, table):
    key = f"cohort: {{folder: {{annotations: {real('hpo_ids')}/{table}.csv}}}}\n"
    rated = run("hpo_ids", "hpo_annotations.csv", more=key).done().table("hpo_annotations.csv").set_index("sample_id")
    assert rated.loc["anna", ["Ptosis", "Epicanthus"]].tolist() == ["2", "0"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "method, word",
    [
        ("GradCam: {layer: layer9}", "layer9"),
        ("Gradient: {target: Nonan}", "Nonan"),
        ("Occlusion: {window: 16, stride: 0}", "stride"),
        ("Occlusion: {window: 0}", "window"),
        ("SmoothGrad: {samples: 0}", "samples"),
        ("SmoothGrad: {noise: -1.0}", "noise"),
    ],
)
def test_parameters_are_refused_before_anything_runs(run, method, word):
    more = f"saliency: {{methods: {{{method}}}}}\n"
    run("misspelt_columns", "report", more=more, dry=True).refused(word)


@pytest.mark.slow
def test_columns_under_other_names_say_who_is_who(run):
    table = run("misspelt_columns", "samples.csv").done().table()
    assert table["subject_id"].nunique() == 12 and table["kin_group"].nunique() == 12
    assert (table["split"] == "heldout").sum() == 2


@pytest.mark.slow
def test_names_that_look_like_nothing_are_kept(run):
    done = run("names_na", "folds.csv").done()
    assert {"NA", "null"} <= set(done.table("folds.csv")["sample_id"])


@pytest.mark.slow
def test_a_training_that_diverges_stops_and_names_the_epoch(run):
    more = "recipes: {quick: {learning_rate: 500000}}\n"  # nan_training/study.yaml
    done = run("names_na", "resnet18_morph/fold-1/predictions.csv", more=more)
    done.refused("epoch", "learning rate")


@pytest.mark.slow
def test_replaced_and_added_photographs_are_read_again(run):
    copy = run.place.folder / "photo_replaced"
    shutil.copytree(FIELD_CASES / "photo_replaced", copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    study = copy / "study.yaml"
    study.write_text(study.read_text().replace(real("photo_replaced"), "photo_replaced"))
    first = Run(run.place, "photo_replaced", "faces/index.csv", studies=("photo_replaced/study.yaml",)).done()
    assert "c" in first.excluded().index
    for path in (copy / "fixed").iterdir():
        shutil.copyfile(path, copy / "photos" / path.name)
    second = Run(run.place, "photo_replaced", "faces/index.csv", studies=("photo_replaced/study.yaml",)).done()
    assert "c" in second.faces().index
    assert float(second.faces().loc["b", "x1"]) == pytest.approx(204, abs=10)


@pytest.mark.slow
def test_a_scanners_checksum_does_not_lose_the_picture(run):
    done = run("scanner_crc", "faces/index.csv")
    if done.status == 0 and "scan" in done.faces().index:
        return
    assert "PNG" in done.said and "save it" in done.said


@pytest.mark.slow
@pytest.mark.parametrize("case", ["semicolon", "trailing_comma"])
def test_tables_of_spreadsheets_are_read(run, case):
    table = run(case, "samples.csv").done().table()
    assert table["label"].isin(["NS", "KS", "Unaffected"]).all()
    assert all(Path(image).is_file() for image in table["image"])


@pytest.mark.slow
def test_sideways_faces_are_turned_or_excluded(run):
    done = run("sideways", "faces/index.csv").done()
    apart = done.faces()["eye_distance"].astype(float)
    assert (np.abs(apart / apart["upright"] - 1) < 0.1).all()
    assert set(done.faces().index) | set(done.excluded().index) == {"upright", "turned90", "turned270"}


@pytest.mark.slow
def test_upside_down_faces_are_turned_or_excluded(run):
    done = run("upside_down", "faces/index.csv").done()
    if "turned180" in done.faces().index:
        assert np.abs(done.crop("turned180") - done.crop("upright")).mean() < 15
    else:
        assert done.excluded().loc["turned180", "reason"]


@pytest.mark.slow
def test_a_person_spelled_in_two_ways_is_one(run):
    done = run("subject_spelling", "samples.csv").done()
    assert done.table()["subject_id"].nunique() == 12 or re.search("WARNING.*[pP]ersonKS0", done.said)


@pytest.mark.slow
def test_names_are_found_however_they_are_composed(run):
    table = run("unicode_names", "samples.csv").done().table()
    assert all(Path(image).is_file() for image in table["image"])
    more = f"cohort: {{folder: {{table: {real('unicode_names')}/cjk.csv}}}}\n"
    done = run("unicode_names", "samples.csv", more=more)
    if done.status == 0:
        assert done.table()["sample_id"].nunique() == 2
    else:
        assert "file name" in done.said


@pytest.mark.slow
def test_colour_profiles_are_applied(run):
    done = run("wide_gamut", "faces/index.csv").done()
    for sample in ("p3", "adobergb", "prophoto"):
        assert np.abs(done.crop(sample) - done.crop("srgb")).mean() < 1
