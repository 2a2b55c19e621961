"""GMDB's metadata, on a small set of files of its shape: four lists, syndromes, image metadata."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from gestalt_regions.cohort import gallery_lists as matching_lists
from gestalt_regions.cohort.read_cohort import read_cohort
from gestalt_regions.cohort.readers.gmdb import read_gmdb, read_lists
from gestalt_regions.cohort.readers.reader_registry import find_reader
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching import gallery_splits
from gestalt_regions.study.sizes import study_size

FREQUENT = {"gallery": [(1, 11, 0), (2, 11, 0), (3, 12, 0), (4, 13, 1)], "test": [(5, 14, 0), (6, 15, 1)]}
RARE = {"gallery": [(20, 31, 205, 0), (21, 32, 205, 1)], "test": [(21, 32, 205, 0), (20, 31, 205, 1)]}
NAMES = {0: "Cornelia de Lange syndrome", 1: "KBG SYNDROME; KBGS", 205: "KBG SYNDROME; KBGS"}


def write(folder, version="v1.0.3", frequent=FREQUENT, rare=RARE, names=NAMES):
    folder.mkdir(exist_ok=True)
    for role, rows in frequent.items():
        table = pd.DataFrame(rows, columns=["image_id", "subject", "label"])
        table.to_csv(folder / f"gmdb_frequent_{role}_images_{version}.csv", index=False)
    for role, rows in rare.items():
        table = pd.DataFrame(rows, columns=["image_id", "subject", "label", "split"])
        table.to_csv(folder / f"gmdb_rare_{role}_images_{version}.csv", index=False)
    if names:
        table = pd.DataFrame({"syndrome_id": names.keys(), "syndrome_name": names.values(), "image_ids": "[1, 2]"})
        table.to_csv(folder / f"gmdb_syndromes_{version}.tsv", sep="\t", index=False)
    metadata = pd.DataFrame(
        {
            "image_id": [1, 20],
            "gender": ["male", "female"],
            "age_year": [2, None],
            "age_month": [6, None],
            "ethnicity_category": ["European", "Asian"],
        }
    )
    metadata.to_csv(folder / f"image_metadata_{version}.tsv", sep="\t", index=False)
    return folder


def test_lists_keep_their_sides_and_labels_get_their_names(tmp_path):
    lists = read_lists(write(tmp_path / "m"))
    assert list(lists.columns) == matching_lists.COLUMNS and len(lists) == 10
    assert lists[lists["sample_id"] == "20"].values.tolist() == [
        ["20", "31", "KBG SYNDROME; KBGS (205)", "rare", "gallery", "1"],
        ["20", "31", "KBG SYNDROME; KBGS (205)", "rare", "test", "2"],
    ]  # two disorders of one name are told apart by their numbers
    assert set(lists["label"]) == {NAMES[0], "KBG SYNDROME; KBGS (1)", "KBG SYNDROME; KBGS (205)"}
    assert set(lists.loc[lists["group"] == "frequent", "repeat"]) == {""}


def test_samples_of_the_frequent_gallery_may_be_trained_on_and_no_others(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1_rot_aligned.jpg").write_bytes(b"x")
    samples, _ = read_gmdb(write(tmp_path / "m"), tmp_path / "images", "{image_id}_rot_aligned.jpg")
    samples = samples.set_index("sample_id")
    assert samples["split"].to_dict() == dict.fromkeys("1234", "folds") | dict.fromkeys(
        ["5", "6", "20", "21"], "heldout"
    )
    assert samples.loc["1", "image"] == str(tmp_path / "images/1_rot_aligned.jpg")
    assert samples.loc["1", ["sex", "age", "ancestry"]].tolist() == ["male", 2.5, "European"]
    assert pd.isna(samples.loc["20", "age"]) and pd.isna(samples.loc["2", "sex"])
    assert not samples["simulated"].any()
    with pytest.raises(InputError, match=r"nowhere: no such folder \(config key 'cohort.gmdb.images'\)"):
        read_gmdb(tmp_path / "m", tmp_path / "nowhere", "{image_id}.jpg")


def test_labels_stay_numbers_without_the_table_of_syndromes(tmp_path, caplog):
    assert set(read_lists(write(tmp_path / "m", names=None))["label"]) == {"0", "1", "205"}
    assert "no label can be checked" in caplog.text


def test_the_version_is_found_or_asked_for(tmp_path):
    folder = write(tmp_path / "m")
    with pytest.raises(InputError, match=r"no gmdb_frequent_gallery_images_v2.csv; versions there: v1.0.3"):
        read_lists(folder, "v2")
    write(folder, "v1.1.0")
    with pytest.raises(InputError, match=r"versions v1.0.3, v1.1.0; choose one with cohort.gmdb.version"):
        read_lists(folder)
    assert len(read_lists(folder, "v1.1.0")) == 10
    with pytest.raises(InputError, match="no such folder"):
        read_lists(tmp_path / "nowhere")
    (folder / "gmdb_rare_test_images_v1.1.0.csv").unlink()
    with pytest.raises(InputError, match=r"gmdb_rare_test_images_v1.1.0.csv: no such file"):
        read_lists(folder, "v1.1.0")


@pytest.mark.parametrize(
    ("frequent", "rare", "message"),
    [
        ({"test": [(5, 11, 0), (6, 15, 1)]}, {}, "subject '11' is both in the gallery and in the test set"),
        ({"gallery": [*FREQUENT["gallery"], (1, 11, 0)]}, {}, "image '1' is listed 2 times; list each image id once"),
        ({"gallery": [*FREQUENT["gallery"], (7, 17, 9)]}, {}, "image '7' has the unknown label '9'"),
        ({"test": [(5, 14, 205)]}, {}, "disorder '205' is both frequent and rare"),
        ({}, {"gallery": [(21, 32, 205, 1)]}, "test image '21': its disorder '205' is not in the gallery"),
        (
            {},
            {"test": [(21, 32, 205, "x")]},
            "rare_test_images_v1.0.3.csv: line 2: split 'x' is no number from 0",
        ),
        ({"test": [(5, None, 0)]}, {}, r"gmdb_frequent_test_images_v1.0.3.csv: line 2: no subject"),
    ],
)
def test_bad_lists_are_refused_by_the_first_job(tmp_path, frequent, rare, message):
    folder = write(tmp_path / "m", frequent=FREQUENT | frequent, rare=RARE | rare)
    with pytest.raises(InputError, match=message):
        read_lists(folder)


def test_its_lists_become_the_splits_without_images_that_have_no_face(tmp_path, root):
    out = [tmp_path / name for name in ("samples.csv", "hpo.csv", "lists.csv")]
    settings = {"metadata": str(write(tmp_path / "m")), "images": "", "pattern": "{image_id}.jpg", "version": ""}
    files = find_reader("gmdb").files(settings)
    assert len(files["lists"]) == 4 and all(Path(path).is_file() for path in files["lists"])
    read_cohort(
        kind="gmdb",
        files=files,
        settings=settings,
        control="",
        hpo_terms=root / "resources/hpo_terms.csv",
        outputs=dict(zip(("samples", "annotations", "lists"), out, strict=True)),
    )
    assert len(pd.read_csv(out[1])) == 0
    usable = pd.DataFrame({"sample_id": ["1", "2", "3", "4", "5", "20", "21"]})
    usable.to_csv(tmp_path / "index.csv", index=False)
    inputs = {"samples": out[0], "faces": tmp_path / "index.csv", "lists": out[2]}
    outputs = {name: tmp_path / f"{name}.csv" for name in ("splits", "excluded", "copies")}
    gallery_splits.write_splits(inputs, outputs, settings={}, control="Unaffected", seed=0)
    assert len(matching_lists.load(outputs["splits"])) == 9
    assert pd.read_csv(outputs["excluded"], dtype=str)[["sample_id", "reason"]].values.tolist() == [
        ["6", "no usable face (faces/excluded.csv)"]
    ]


def test_the_size_of_the_study_is_known_from_the_lists(tmp_path):
    given = {"metadata": str(write(tmp_path / "m")), "version": "", "images": "", "pattern": "{image_id}.jpg"}
    size = study_size({"cohort": {"kind": "gmdb", "name": "gmdb", "gmdb": given}})
    assert size.images == 8 and size.classes == 3


@pytest.mark.parametrize("spelled", ["11.0", " 11", "11\u00a0"])
def test_a_person_on_both_sides_is_seen_however_a_list_writes_the_number(tmp_path, spelled):
    """A merge in pandas writes 11 as 11.0."""
    folder = write(tmp_path / "m")
    path = folder / "gmdb_frequent_test_images_v1.0.3.csv"
    path.write_text(f"image_id,subject,label\n5,{spelled},0.0\n6,15.0,1.0\n")
    with pytest.raises(InputError, match="subject '11' is both in the gallery and in the test set"):
        read_lists(folder)
    path.write_text("image_id;subject;label\n5.0;14.0;0\n6.0;15.0;1\n")
    assert read_lists(folder)[["sample_id", "subject_id"]].values.tolist()[4:6] == [["5", "14"], ["6", "15"]]
    path.write_text("image_id,subject,label\n5,011,0\n6,15,1\n")
    with pytest.raises(InputError, match=r"frequent_test_images.*line 2: subject is '011', but '11' in .*gallery"):
        read_lists(folder)


def test_a_tab_at_the_end_of_each_row_loses_nothing(tmp_path):
    folder = write(tmp_path / "m")
    path = folder / "image_metadata_v1.0.3.tsv"
    first, *rows = path.read_text().splitlines()
    path.write_text("\n".join([first, *(f"{row}\t" for row in rows)]))
    samples = read_gmdb(folder, "", "{image_id}.jpg")[0].set_index("sample_id")
    assert samples.loc["1", ["sex", "age", "ancestry"]].tolist() == ["male", 2.5, "European"]


def test_metadata_of_other_images_or_strange_ages_are_said(tmp_path, caplog):
    folder = write(tmp_path / "m")
    (folder / "image_metadata_v1.0.3.tsv").write_text("image_id\tgender\tage_year\n1.0\tambiguous\tadult\n")
    samples = read_gmdb(folder, "", "{image_id}.jpg")[0].set_index("sample_id")
    assert samples.loc["1", "sex"] == "" and pd.isna(samples.loc["1", "age"])
    assert "line 2: age_year is 'adult', which is no age" in caplog.text
    (folder / "image_metadata_v1.0.3.tsv").write_text("image_id\tgender\n77\tmale\n")
    read_gmdb(folder, "", "{image_id}.jpg")
    assert "none of its images is in the lists" in caplog.text


def test_disorders_of_like_names_are_told_apart_by_their_numbers(tmp_path):
    names = NAMES | {1: "KBG syndrome; KBGS "}
    assert {"KBG syndrome; KBGS (1)", "KBG SYNDROME; KBGS (205)"} < set(
        read_lists(write(tmp_path / "m", names=names))["label"]
    )


def test_every_table_that_is_read_is_an_input_of_the_rule(tmp_path):
    folder = write(tmp_path / "m")
    reader, settings = find_reader("gmdb"), {"metadata": str(folder), "version": ""}
    files = reader.files(settings)
    assert sorted([*files["lists"], files["names"], files["attributes"]]) == sorted(map(str, folder.iterdir()))
    (folder / "image_metadata_v1.0.3.tsv").unlink()
    assert reader.files(settings)["attributes"] == ""
