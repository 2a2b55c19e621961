"""A photograph or table that is replaced, added or removed after a run is seen, and only what depends on it is made."""

from __future__ import annotations

import os
import shutil

import pandas as pd
import pytest
import skimage.data
from gestalt_regions.faces.shards import shard_numbers
from PIL import Image

SHARDS = 4
NAMES = ["a", "b", "c", "d", "e", "f"]
FACES = "results/changes/faces/index.csv"
FOLDS = "results/changes/folds.csv"
STUDY = f"""
cohort: {{kind: folder, name: changes, folder: {{images: photos, table: photos.csv}}}}
faces: {{shards: {SHARDS}, sizes: [112]}}
models: {{resnet18_morph: null, none: {{backbone: resnet18_morph, recipe: quick}}}}
folds: {{n: 2}}
"""
ALL = {"samples": 1, "faces_shard": 1, "faces_gather": 1, "folds": 1}  # what may be made again, of what is looked at


def picture(turn: float = 0.0) -> Image.Image:
    return Image.fromarray(skimage.data.astronaut()[:400, 50:400]).rotate(turn, expand=True)


@pytest.fixture(scope="module")
def place(workdir):
    """Six photographs, of which c is not there and b lies on its side, up to the folds."""
    place = workdir("changes")
    (place.folder / "photos").mkdir()
    for number, name in enumerate(NAMES):
        picture(number).save(place.folder / f"photos/{name}.jpg")
    picture(90).resize((40, 40)).save(place.folder / "photos/b.jpg")
    (place.folder / "photos/c.jpg").unlink()
    rows = [f"{name}.jpg,{'A' if number % 2 else 'Unaffected'}" for number, name in enumerate(NAMES)]
    (place.folder / "photos.csv").write_text("\n".join(["image,label", *rows]) + "\n")
    (place.folder / "study.yaml").write_text(STUDY)
    place.snakemake(FOLDS, studies=("study.yaml",))
    return place


@pytest.fixture
def plan(place):
    """plan(): jobs of the rules in ALL up to the folds; then what the test changed is put back: nothing is to do."""
    kept = place.folder / "kept"
    shutil.copytree(place.folder / "photos", kept, copy_function=shutil.copy2)
    table = (place.folder / "photos.csv").read_bytes()

    def jobs(*more: str) -> dict[str, int]:
        planned = place.planned(FOLDS, studies=("study.yaml", *more))
        assert "photographs" not in planned
        return {rule: count for rule, count in planned.items() if rule in ALL}

    yield jobs
    shutil.rmtree(place.folder / "photos")
    kept.rename(place.folder / "photos")
    (place.folder / "photos.csv").write_bytes(table)
    assert place.planned(FOLDS, studies=("study.yaml",)) == {}


def test_what_only_looks_new_makes_nothing_again(place, plan):
    os.utime(place.folder / "photos/a.jpg")
    text = (place.folder / "photos.csv").read_text()
    (place.folder / "photos.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())  # as Excel does
    (place.folder / "results/changes/photographs/.seen.csv").unlink()
    assert plan() == {}


def test_a_replaced_photograph_makes_its_shard(place, plan):
    stamp = (place.folder / "photos/d.jpg").stat()
    picture(-7).save(place.folder / "photos/d.jpg")
    os.utime(place.folder / "photos/d.jpg", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # with its old time
    assert plan() == {"faces_shard": 1, "faces_gather": 1, "folds": 1}


def test_a_removed_photograph_and_a_new_row_are_seen(place, plan):
    (place.folder / "photos/d.jpg").unlink()
    assert plan() == ALL  # samples too, since who_is_who.csv says how many are missing
    picture(3).save(place.folder / "photos/d.jpg")  # as it was
    picture(9).save(place.folder / "photos/g.jpg")
    with open(place.folder / "photos.csv", "a") as table:
        table.write("g.jpg,A\n")
    assert plan() == ALL


def test_another_label_makes_no_faces(place, plan):
    path = place.folder / "photos.csv"
    path.write_text(path.read_text().replace("a.jpg,Unaffected", "a.jpg,A"))
    os.utime(path, (1_500_000_000, 1_500_000_000))  # a table older than the results counts too
    assert plan() == {"samples": 1, "folds": 1}


def test_a_table_that_is_sorted_anew_puts_the_faces_in_its_order(place, plan):
    path = place.folder / "photos.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n")
    assert plan() == {"samples": 1, "faces_gather": 1, "folds": 1}


def test_a_moved_folder_makes_no_faces(place, plan):
    shutil.copytree(place.folder / "photos", place.folder / "moved", dirs_exist_ok=True, copy_function=shutil.copyfile)
    (place.folder / "moved.yaml").write_text("cohort: {folder: {images: moved}}\n")
    assert plan("moved.yaml") == {"samples": 1, "folds": 1}


def test_photographs_that_were_mended_are_read(place):
    """The last test: one that was not usable is replaced, one that was missing comes, and a run makes them."""
    before = pd.read_csv(place.folder / FACES).set_index("sample_id")
    excluded = pd.read_csv(place.folder / "results/changes/faces/excluded.csv")
    assert excluded["sample_id"].tolist() == ["b", "c"] and list(before.index) == ["a", "d", "e", "f"]
    crops = place.folder / "results/changes/faces/shards"
    times = {path: path.stat().st_mtime_ns for path in crops.rglob("faces.npz")}
    for name in "bc":
        shutil.copyfile(place.folder / "photos/a.jpg", place.folder / f"photos/{name}.jpg")
    done = place.snakemake(FACES, studies=("study.yaml",))
    assert "1 replaced (b)" in done.stderr or "2 replaced (b, c)" in done.stderr
    after = pd.read_csv(place.folder / FACES).set_index("sample_id")
    assert list(after.index) == NAMES and pd.read_csv(place.folder / "results/changes/faces/excluded.csv").empty
    assert after.loc["b", "x1"] == after.loc["c", "x1"] == after.loc["a", "x1"]
    made = {path.parent.name for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert made == {str(k) for k in shard_numbers(["b", "c"], SHARDS)}
    assert place.planned(FACES, studies=("study.yaml",)) == {}
