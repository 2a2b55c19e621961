"""The lists of photographs: what is replaced, added or removed changes the list of its shard and no other."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import face_shards
from gestalt_regions.faces.given_landmarks import COLUMNS
from gestalt_regions.faces.photograph_lists import MEMORY, ORDER, PATHS, look_again, photographs, write_lists
from gestalt_regions.faces.shards import shard_numbers

SHARDS = 5


@pytest.fixture
def cohort(tmp_path):
    """(samples, write, shard_of): 40 photographs in 5 shards; write() gives the names of the lists that it wrote."""
    (tmp_path / "photos").mkdir()
    names = [f"p{i}" for i in range(40)]
    for name in names:
        (tmp_path / f"photos/{name}.jpg").write_text(f"picture {name}")
    samples = pd.DataFrame({"sample_id": names, "image": [f"photos/{name}.jpg" for name in names], "label": "A"})
    shard_of = dict(zip(names, shard_numbers(names, SHARDS), strict=True))

    def write(table=samples, detector="scrfd"):
        return sorted(write_lists(table, tmp_path, tmp_path / "photographs", SHARDS, detector))

    assert write() == [f"{k}.csv" for k in range(1, SHARDS + 1)]
    return samples, write, lambda name: f"{shard_of[name]}.csv"


def test_without_a_change_nothing_is_written(cohort, tmp_path):
    samples, write, _ = cohort
    assert write() == []
    (tmp_path / "photographs" / MEMORY).unlink()
    assert write() == []
    (tmp_path / "photos/p3.jpg").write_text("picture p3")  # the same bytes at another time
    assert write() == []
    assert write(samples.assign(label="B", age=3)) == []


@pytest.mark.parametrize("change", [lambda path: path.write_text("picture P3"), lambda path: path.unlink()])
def test_a_replaced_or_removed_photograph_changes_its_own_list(cohort, tmp_path, change):
    _, write, shard_of = cohort
    change(tmp_path / "photos/p3.jpg")
    assert write() == [shard_of("p3")] and write() == []
    (tmp_path / "photos/p3.jpg").write_text("picture p3")
    assert write() == [shard_of("p3")]


def test_rows_that_come_go_or_move(cohort, tmp_path):
    samples, write, shard_of = cohort
    assert write(samples.drop(index=7)) == [shard_of("p7")]
    assert write(samples) == [shard_of("p7")]
    order = tmp_path / "photographs" / ORDER
    first = order.stat().st_mtime_ns
    assert write(samples.assign(label="B")) == [] and order.stat().st_mtime_ns == first
    assert write(samples[::-1]) == []
    assert pd.read_csv(order)["sample_id"].tolist() == samples["sample_id"].tolist()[::-1]


def test_a_moved_folder_and_renamed_files_change_nothing(cohort, tmp_path):
    samples, write, _ = cohort
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    moved = samples.assign(image=[str(tmp_path / f"elsewhere/{name}.jpg") for name in samples["sample_id"]])
    assert write(moved) == []


def test_landmarks_that_are_given_count(cohort):
    samples, write, shard_of = cohort
    given = samples.join(pd.DataFrame(1.0, samples.index, COLUMNS))
    assert len(write(given, "given")) == SHARDS
    assert write(given.assign(x1=np.where(given["sample_id"] == "p9", 2.0, 1.0)), "given") == [shard_of("p9")]
    assert len(write(given)) == SHARDS


def test_paths_stand_apart(cohort, tmp_path):
    samples, write, _ = cohort
    paths = pd.read_csv(tmp_path / "photographs" / PATHS)
    assert (tmp_path / "photographs" / paths["image"][3]).read_text() == "picture p3"
    moved = samples.assign(image=[str(tmp_path / f"photos/{name}.jpg") for name in samples["sample_id"]])
    assert write(moved) == []
    assert pd.read_csv(tmp_path / "photographs" / PATHS)["image"].tolist() == moved["image"].tolist()


def test_other_shards_leave_no_old_list(cohort, tmp_path):
    (tmp_path / "table.csv").write_text("image,label\n" + "".join(f"p{i}.jpg,A\n" for i in range(40)))
    section = {"images": str(tmp_path / "photos"), "table": str(tmp_path / "table.csv"), "annotations": ""}
    folder = tmp_path / "photographs"
    photographs(cohort={"kind": "folder", "folder": section}, faces={"shards": 2, "detector": "scrfd"}, folder=folder)
    listed = {path.name: len(pd.read_csv(path)) for path in folder.glob("[!.]*.csv")}
    assert set(listed) == {"1.csv", "2.csv", PATHS, ORDER} and listed["1.csv"] + listed["2.csv"] == 40


def test_a_plan_looks_only_where_lists_were_made_and_says_what_changed(cohort, tmp_path, capsys):
    samples, _, _ = cohort
    look_again(samples, tmp_path / "not made yet", SHARDS, "scrfd")
    assert not (tmp_path / "not made yet").exists()
    for name in ("p1", "p2"):
        (tmp_path / f"photos/{name}.jpg").write_text("another")
    table = samples.drop(index=5)
    look_again(table, tmp_path / "photographs", SHARDS, "scrfd")
    said = capsys.readouterr().err
    assert "2 replaced (p1, p2), 1 gone (p5)" in said and "added" not in said
    look_again(table, tmp_path / "photographs", SHARDS, "scrfd")
    assert "replaced" not in capsys.readouterr().err
    assert logging.getLogger("gestalt_regions").handlers == []


def test_a_list_that_changes_while_its_photographs_are_read_ends_the_job(cohort, tmp_path, monkeypatch):
    samples, write, _ = cohort
    samples.to_csv(tmp_path / "samples.csv", index=False)
    monkeypatch.setattr(face_shards, "Parser", lambda *about: None)
    monkeypatch.setattr(face_shards, "finder", lambda *about: None)

    def replaced(path):
        (tmp_path / "photos/p1.jpg").write_text("another")
        write()
        raise face_shards.Unusable("unreadable", "a text")

    monkeypatch.setattr(face_shards, "read_photo", replaced)
    shard = int(shard_numbers(["p1"], SHARDS)[0])
    outputs = {name: tmp_path / f"out/{name}" for name in ("faces", "index", "excluded", "photographs")}
    settings = face_shards.FaceSettings(
        SHARDS, [112], "scrfd", 256, [], 0.5, 20, "largest", 0.5, parse_size=320, parse_margin=0.1, device="cpu"
    )
    with pytest.raises(InputError, match="while they were read; run again"):
        face_shards.faces_shard(
            samples=tmp_path / "samples.csv",
            detector_weights="",
            parser_weights="",
            listed=tmp_path / f"photographs/{shard}.csv",
            shard=shard,
            settings=settings,
            threads=1,
            **outputs,
        )
    assert not outputs["index"].exists()
