"""Rehearsals: stand-ins whose landmarks fit, tables of the published shape, and a folder that says it is simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.read_cohort import STAND_INS, mark_stand_ins
from gestalt_regions.cohort.readers.gmdb import read_gmdb
from gestalt_regions.cohort.readers.nih_faces import read_nih
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.tools.rehearsal import gmdb_tables, nih_tables
from gestalt_regions.tools.rehearsal.__main__ import BROKEN, GONE, NO_FACE, build_gmdb, build_nih, main
from gestalt_regions.tools.rehearsal.stand_ins import Picture, SimulatedFaces, bend
from PIL import Image

FOUND = np.array([[20, 25], [44, 25], [32, 38], [23, 48], [41, 48]], float)
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255]], np.uint8)


def drawn_face() -> np.ndarray:
    """A grey picture with a spot of its own colour at each landmark."""
    image = np.full((64, 64, 3), 60, np.uint8)
    for (x, y), colour in zip(FOUND.astype(int), COLOURS, strict=True):
        image[y - 1 : y + 2, x - 1 : x + 2] = colour
    return image


def write_faces(folder: Path, classes=("KS", "NS", "Unaffected"), simulated="True", each=2) -> Path:
    """A finished faces stage of a drawn cohort."""
    (folder / "faces").mkdir(parents=True)
    names = [f"{label}-{k}" for label in classes for k in range(each)]
    for k, name in enumerate(names):
        Image.fromarray(np.clip(drawn_face() + np.uint8(k), 0, 255)).save(folder / f"{name}.png")
    table = pd.DataFrame({"sample_id": names, "image": [f"{name}.png" for name in names]})
    table["label"] = [name.rsplit("-", 1)[0] for name in names]
    table.assign(simulated=simulated).to_csv(folder / "samples.csv", index=False)
    index = pd.DataFrame([FOUND.ravel()] * len(names), columns=POINTS)
    index.insert(0, "sample_id", names)
    index.to_csv(folder / "faces/index.csv", index=False)
    return folder


@pytest.fixture
def faces(tmp_path) -> SimulatedFaces:
    return SimulatedFaces(write_faces(tmp_path / "faces"))


def test_a_bent_face_has_its_landmarks_where_they_are_wanted():
    wanted = np.array([[60, 70], [130, 62], [99, 120], [66, 150], [128, 148]], float)  # no similarity of FOUND
    picture = bend(drawn_face(), FOUND, wanted, 200, 220)
    assert picture.shape == (220, 200, 3)
    for point, colour in zip(wanted, COLOURS, strict=True):
        near = (np.abs(picture.astype(int) - colour).sum(axis=-1)) < 120
        rows, columns = np.nonzero(near)
        assert len(rows) and np.hypot(columns.mean() - point[0], rows.mean() - point[1]) < 2.5
    with pytest.raises(InputError, match="define no face"):
        bend(drawn_face(), FOUND, np.zeros((5, 2)), 200, 220)


def test_photographs_are_no_stand_ins(tmp_path):
    with pytest.raises(InputError, match="a rehearsal uses no photographs of people"):
        SimulatedFaces(write_faces(tmp_path / "a", simulated="False"))
    with pytest.raises(InputError, match="'KS' has one face"):
        SimulatedFaces(write_faces(tmp_path / "b", each=1))


def test_a_label_gets_its_own_class_or_another_syndrome(faces):
    labels = ["KS", "Unaffected", "WS", "XY"]
    assert [faces.class_for(label, labels) for label in labels] == ["KS", "Unaffected", "KS", "NS"]


def test_a_person_is_one_face_and_no_two_files_are_equal(faces):
    def drawn(name, person):
        return faces.draw(Picture(name, person, "KS", FOUND * 2, 130, 130), seed=1)

    first, second, other = drawn("a.png", "one"), drawn("b.png", "one"), drawn("c.png", "two")
    assert (first == drawn("a.png", "one")).all() and (first != second).any() and (first != other).any()


def test_the_nih_folder_is_read_and_calls_itself_simulated(faces, tmp_path):
    out = tmp_path / "nih"
    assert build_nih(out, faces, "", seed=1, scale=0.05, threads=2)
    samples = read_nih(out / "metadata/partitions.csv", out / "metadata/related_samples.csv", out / "images")
    assert samples["label"].nunique() == 12 and samples["fold"].nunique() == 6  # five, and held out
    assert not samples["simulated"].any() and mark_stand_ins(samples, tmp_path)["simulated"].all()
    for row in samples.iloc[::30].itertuples():
        height, width = read_photo(row.image).pixels.shape[:2]
        assert row.bb_x2 < width and row.bb_y2 < height
    mixed = samples.groupby("kin_group")["split"].nunique()
    assert (mixed > 1).sum() >= nih_tables.LEAKS  # kin on both sides, as published
    assert "INVENTED" in (out / "images" / STAND_INS).read_text()
    picture = out / "images" / Path(samples["image"][0]).name
    made = picture.stat().st_mtime_ns
    assert not build_nih(out, faces, "", seed=1, scale=0.05, threads=2) and picture.stat().st_mtime_ns == made
    assert build_nih(out, faces, "", seed=2, scale=0.05, threads=2)
    assert len(list((out / "images").iterdir())) == len(pd.read_csv(out / "metadata/partitions.csv")) + 1


def test_published_tables_are_copied_as_they_are(faces, tmp_path, capsys):
    given = tmp_path / "given"
    nih_tables.invent_tables(given, Path(__file__).parents[3] / "resources/hpo_terms.csv", 3, 0.02)
    build_nih(tmp_path / "out", faces, str(given), seed=1, scale=1, threads=1)
    for path in given.rglob("*.csv"):
        assert (tmp_path / "out/metadata" / path.relative_to(given)).read_bytes() == path.read_bytes()
    assert "INVENTED" not in (tmp_path / "out/images" / STAND_INS).read_text()
    common = ["nih", "--faces", str(faces.folder), "--out", str(tmp_path / "x"), "--metadata", str(tmp_path)]
    assert main(common) == 1 and "no partitions.csv" in capsys.readouterr().err


def test_the_invented_nih_tables_have_the_published_numbers(tmp_path):
    terms = Path(__file__).parents[3] / "resources/hpo_terms.csv"
    nih_tables.invent_tables(tmp_path, terms, 42)
    table = nih_tables.read_partitions(tmp_path / "partitions.csv")
    assert len(table) == 3544 and (table["fold"] == "heldout").sum() == 171
    assert table["label"].value_counts().to_dict() == nih_tables.IMAGES


def test_gmdb_has_the_published_numbers():
    images = gmdb_tables.invent_images(42)
    assert (len(images), images["subject"].nunique(), images["label"].nunique()) == (7459, 5995, 449)
    patients = images.groupby(["group", "label"])["subject"].nunique()
    assert patients["frequent"].min() >= 7 and patients["rare"].between(2, 6).all()
    assert images["image_id"].is_unique and images["image_id"].max() > len(images)  # numbers with gaps
    counts = images["listed"].value_counts()
    assert abs(counts["test"] - 593) < 10 and abs(counts["val"] - 661) < 10
    assert images.loc[images["listed"] == "test", "label"].nunique() == 204  # every frequent disorder is tested
    assert 0.1 < images["age_year"].isna().mean() < 0.4 and (images["ethnicity_category"] == "").any()


def test_the_gmdb_folder_is_read(faces, tmp_path):
    out = tmp_path / "gmdb"
    build_gmdb(out, faces, seed=1, scale=0.02, threads=2)
    samples, lists = read_gmdb(out / "gmdb_metadata", out / "images", "{image_id}.jpg")
    assert set(lists["repeat"]) == {"", *map(str, range(1, 11))}
    assert samples["label"].str.contains(r"\(\d+\)$").any()  # two disorders of one name
    gone = [path for path in samples["image"] if not Path(path).is_file()]
    assert len(gone) == GONE and len(samples) == len(gmdb_tables.invent_images(1, 0.02))
    sizes = pd.Series([Path(path).stat().st_size for path in samples["image"] if path not in gone])
    assert sizes.value_counts().max() == NO_FACE and BROKEN in sizes.value_counts().tolist()
    assert mark_stand_ins(samples, tmp_path)["simulated"].all()


def test_stand_ins_are_marked_for_every_reader(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / STAND_INS).touch()
    samples = pd.DataFrame({"image": ["a/1.png", "b/2.png", str(tmp_path / "a/3.png")], "simulated": False})
    assert mark_stand_ins(samples, tmp_path)["simulated"].tolist() == [True, False, True]
