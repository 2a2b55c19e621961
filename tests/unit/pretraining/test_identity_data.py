"""Readers of identity data: folders of people, and RecordIO files; damage is named, one bad photograph skipped."""

from __future__ import annotations

import struct
from itertools import pairwise

import cv2
import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.pretraining.identity_faces import IdentityFaces, already_aligned, write_faces_shard
from gestalt_regions.pretraining.identity_folder import people_in_folder
from gestalt_regions.pretraining.identity_records import RecordFile, people_in_records

MAGIC = struct.pack("<I", 0xCED7230A)


def record(content: bytes, kind: int = 0) -> bytes:
    """A part of a record, with its head and its padding."""
    return MAGIC + struct.pack("<I", kind << 29 | len(content)) + content + b"\0" * (-len(content) % 4)


def whole(content: bytes) -> bytes:
    """A record as the format's writers make it: cut where the magic number stands at a multiple of four."""
    places = [i for i in range(0, len(content) - 3, 4) if content[i : i + 4] == MAGIC]
    if not places:
        return record(content)
    edges = [-4, *places, len(content)]
    parts = [content[a + 4 : b] for a, b in pairwise(edges)]
    kinds = [1, *[2] * (len(parts) - 2), 3]
    return b"".join(record(part, kind) for part, kind in zip(parts, kinds, strict=True))


def header(*labels: float) -> bytes:
    """An image's header; one label stands in it, several after it."""
    if len(labels) == 1:
        return struct.pack("<IfQQ", 0, labels[0], 0, 0)
    return struct.pack("<IfQQ", len(labels), 0, 0, 0) + struct.pack(f"<{len(labels)}f", *labels)


def jpeg(value: int, side: int = 112) -> bytes:
    """A grey picture."""
    return cv2.imencode(".jpg", np.full((side, side, 3), value, np.uint8))[1].tobytes()


def write(folder, contents: dict[int, bytes]) -> None:
    """train.rec and train.idx."""
    rec, idx = b"", ""
    for key, content in contents.items():
        idx += f"{key}\t{len(rec)}\n"
        rec += whole(content)
    (folder / "train.rec").write_bytes(rec)
    (folder / "train.idx").write_text(idx)


@pytest.fixture
def records(tmp_path):
    """Three people as insightface packs them: two photographs, two (with two labels each), and one."""
    images = {1: header(0) + jpeg(10), 2: header(0) + jpeg(60)}
    images |= {3: header(1, 7) + jpeg(110), 4: header(1, 7) + jpeg(160), 5: header(2) + jpeg(210)}
    people = {6: header(1, 3), 7: header(3, 5), 8: header(5, 6)}
    write(tmp_path, {0: header(6, 9)} | images | people)
    (tmp_path / "property").write_text("3,112,112")
    return tmp_path


def test_people_of_a_record_file(records, caplog):
    people = list(people_in_records(records))
    assert [(p.name, [q.name for q in p.photographs]) for p in people] == [
        ("0", ["record 1", "record 2"]),
        ("1", ["record 3", "record 4"]),
        ("2", ["record 5"]),
    ]
    shades = [int(q.read().mean()) for p in people for q in p.photographs]
    assert shades == pytest.approx([10, 60, 110, 160, 210], abs=1)
    assert "property says" not in caplog.text
    (records / "property").write_text("4,112,112")
    assert len(list(people_in_records(records))) == 3 and "but property says 4" in caplog.text


def test_colours_are_red_green_blue(tmp_path):
    red = np.zeros((112, 112, 3), np.uint8)
    red[..., 2] = 255  # OpenCV writes blue, green, red
    write(tmp_path, {1: header(0) + cv2.imencode(".png", red)[1].tobytes()})
    [person] = people_in_records(tmp_path)
    assert person.photographs[0].read()[5, 5].tolist() == [255, 0, 0]


def test_a_content_with_the_magic_number_is_put_together_again(tmp_path):
    content = header(3) + b"abcd" + MAGIC + b"efgh" + MAGIC + b"ij"
    write(tmp_path, {1: header(1) + b"....", 5: content, 9: header(2)})
    file = RecordFile(tmp_path)
    assert file.content(5) == content
    assert file.content(5, 26) == content[:26] and file.labels(5) == (3.0,)
    assert file.image_keys() == [1, 5, 9]  # without a record 0 all are images


def test_damaged_files_are_named(records):
    whole_file = (records / "train.rec").read_bytes()
    (records / "train.rec").write_bytes(whole_file[:-30])
    with pytest.raises(InputError, match=r"train\.rec: record 8, byte \d+: the file ends"):
        RecordFile(records).labels(8)
    (records / "train.rec").write_bytes(whole_file[:1500])
    with pytest.raises(InputError, match="cut short, fetch it again"):
        list(people_in_records(records))
    (records / "train.rec").write_bytes(b"\0" + whole_file[1:])
    with pytest.raises(InputError, match="record 0, byte 0: no record begins there: 0x"):
        list(people_in_records(records))
    index = (records / "train.idx").read_text()
    (records / "train.rec").write_bytes(whole_file)
    (records / "train.idx").write_text(index.replace("3\t", "three\t", 1))
    with pytest.raises(InputError, match=r"train\.idx, line 4: 'three\s\d+' is no key and byte"):
        list(people_in_records(records))
    (records / "train.idx").write_text("".join(line for line in index.splitlines(True) if not line.startswith("4\t")))
    with pytest.raises(InputError, match=r"says 5 images, but train\.idx has no record 4"):
        list(people_in_records(records))
    (records / "train.idx").unlink()
    with pytest.raises(InputError, match=r"there is no .*train\.idx"):
        list(people_in_records(records))


def test_labels_that_are_no_people_are_named(tmp_path):
    write(tmp_path, {1: header(0.5) + jpeg(0)})
    with pytest.raises(InputError, match=r"record 1 has the label 0\.5"):
        list(people_in_records(tmp_path))
    write(tmp_path, {1: struct.pack("<IfQQ", 2**31, 0, 0, 0)})
    with pytest.raises(InputError, match="the header names 2147483648 labels"):
        list(people_in_records(tmp_path))
    write(tmp_path, {1: b"short"})
    with pytest.raises(InputError, match="5 bytes are no header"):
        list(people_in_records(tmp_path))


def test_an_image_that_is_none_is_skipped_and_listed(tmp_path):
    images = {1: jpeg(10), 2: jpeg(20), 3: b"no picture", 4: b""}
    write(tmp_path, {key: header(key // 3) + image for key, image in images.items()})
    with pytest.raises(Unusable, match="its 10 bytes are no image"):
        RecordFile(tmp_path).image(3)
    shard = tmp_path / "shard"
    write_faces_shard(people_in_records(tmp_path), shard, shard=1, shards=1, most=0, to_frame=already_aligned)
    index, skipped = pd.read_csv(shard / "index.csv"), pd.read_csv(shard / "skipped.csv")
    assert index.photograph.tolist() == ["record 1", "record 2"]
    assert skipped.reason.tolist() == ["unreadable", "unreadable", "too_few"]


@pytest.fixture
def casia(tmp_path):
    """Four people in folders: the third has one photograph, one of the fourth's three is none."""
    for person, count in (("0000045", 2), ("0000099", 3), ("0000100", 1), ("0000107", 3)):
        (tmp_path / "casia" / person).mkdir(parents=True)
        for i in range(count):
            (tmp_path / "casia" / person / f"{i + 1:03d}.jpg").write_bytes(jpeg(int(person) % 50 * 5 + i, 250))
    (tmp_path / "casia/0000107/002.jpg").write_bytes(b"no picture")
    (tmp_path / "casia/readme.txt").write_text("beside the people")
    (tmp_path / "casia/0000045/.hidden").write_text("")
    return tmp_path / "casia"


def test_people_of_folders(casia):
    people = list(people_in_folder(casia))
    assert [p.name for p in people] == ["0000045", "0000099", "0000100", "0000107"]
    assert [q.name for q in people[0].photographs] == ["0000045/001.jpg", "0000045/002.jpg"]
    assert people[1].photographs[2].read().shape == (250, 250, 3)


def test_a_folder_without_people_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(jpeg(0))
    with pytest.raises(InputError, match="no folder in it"):
        list(people_in_folder(tmp_path))
    with pytest.raises(InputError, match=r"identities\.path: .* is no folder"):
        list(people_in_folder(tmp_path / "nowhere"))


def test_shards_hold_everybody_once(casia, tmp_path):
    def read(shards: int) -> IdentityFaces:
        folders = [tmp_path / f"{shards}-{k}" for k in range(1, shards + 1)]
        for k, folder in enumerate(folders, start=1):
            people = people_in_folder(casia)
            write_faces_shard(people, folder, shard=k, shards=shards, most=0, to_frame=already_aligned)
        return IdentityFaces.load(folders, 0)

    one, two = read(1), read(2)
    assert list(one.names) == list(two.names) == ["0000045", "0000099", "0000107"]
    assert len(one) == len(two) == 2 + 3 + 2
    rows = np.arange(len(one))
    assert (one.pixels(rows) == two.pixels(rows)).all() and one.pixels(rows).shape == (7, 224, 224)
    assert (one.person == two.person).all()
    skipped = pd.read_csv(tmp_path / "1-1/skipped.csv", keep_default_na=False)
    assert list(zip(skipped.identity, skipped.reason, strict=True)) == [(100, "too_few"), (107, "unreadable")]
    first = IdentityFaces.load([tmp_path / "1-1"], 2)
    assert list(first.names) == ["0000045", "0000099"] and len(first) == 5
    with pytest.raises(InputError, match=r"wants 9 people, but 3 have 2 usable photographs"):
        IdentityFaces.load([tmp_path / "1-1"], 9)


def test_a_crop_that_is_no_square_is_skipped():
    with pytest.raises(Unusable, match="not_square: 120 x 112"):
        already_aligned(np.zeros((112, 120, 3), np.uint8))
    assert already_aligned(np.full((112, 112, 3), 7, np.uint8))[100, 100].tolist() == [7, 7, 7]
