"""Digests of files: a file is read again only where its size or its times differ from what is remembered."""

from __future__ import annotations

import os

import pytest
from gestalt_regions.core import file_digests
from gestalt_regions.core.file_digests import MISSING, digests, file_digest

OLD = 1_500_000_000  # seconds since 1970; long settled


@pytest.fixture
def files(tmp_path, monkeypatch):
    """(paths, look): look() gives the digests and the names of the files that were read for them."""
    monkeypatch.setattr(file_digests, "SETTLED", -1e9)  # times of a file's record cannot be set back
    paths = [str(tmp_path / name) for name in ("a", "b", "c")]
    for path in paths:
        with open(path, "w") as stream:
            stream.write(f"content of {path}")
        os.utime(path, (OLD, OLD))
    read = []
    monkeypatch.setattr(
        file_digests, "file_digest", lambda path: read.append(os.path.basename(path)) or file_digest(path)
    )

    def look(memory="memory.csv"):
        read.clear()
        return digests(paths, tmp_path / memory), sorted(read)

    return paths, look


def test_only_what_changed_is_read_again(files):
    (a, b, c), look = files
    first, read = look()
    assert read == ["a", "b", "c"] and len(set(first)) == 3
    assert look() == (first, [])
    os.utime(a)
    with open(b, "a") as stream:
        stream.write("more")
    second, read = look()
    assert read == ["a", "b"] and second[0] == first[0] and second[1] != first[1] and second[2] == first[2]
    assert look() == (second, [])
    os.remove(c)
    assert look() == ([*second[:2], MISSING], [])


def test_a_file_of_equal_size_and_time_is_read_again(files):
    (a, _, _), look = files
    first, _ = look()
    with open(a, "w") as stream:
        stream.write(f"CONTENT OF {a}")
    os.utime(a, (OLD, OLD))  # as cp -p and rsync -t do
    second, read = look()
    assert read == ["a"] and second[0] != first[0]


def test_a_file_that_was_just_written_is_not_remembered(files, monkeypatch):
    _, look = files
    monkeypatch.setattr(file_digests, "SETTLED", 3.0)
    first, _ = look()
    assert look() == (first, ["a", "b", "c"])  # each may be written once more within one tick of its clock


def test_links_count_as_what_they_lead_to(files, tmp_path):
    (a, b, c), look = files
    os.remove(a)
    os.symlink(b, a)
    first, _ = look()
    assert first[0] == first[1]
    os.remove(a)
    os.symlink(c, a)
    assert look()[0][0] == first[2]
    os.remove(a)
    os.symlink(tmp_path / "nowhere", a)
    assert look()[0][0] == MISSING


def test_folders_pipes_and_files_without_rights_are_no_error(files):
    (a, b, _), look = files
    for path in (a, b):
        os.remove(path)
    os.mkdir(a)
    os.mkfifo(b)
    found, _ = look()
    assert found[:2] == [MISSING, MISSING] and len(found[2]) == 32


@pytest.mark.parametrize("damage", ["", "nothing of this kind\n", "path,size,modified,changed,digest\nx,y,z,?,\n"])
def test_a_damaged_memory_only_costs_time(files, tmp_path, damage):
    _, look = files
    first, _ = look()
    (tmp_path / "memory.csv").write_text(damage)
    assert look() == (first, ["a", "b", "c"])
    assert look() == (first, [])


def test_ten_thousand_files(tmp_path):
    paths = [str(tmp_path / f"{i:05d}.jpg") for i in range(10_000)]
    for i, path in enumerate(paths):
        with open(path, "w") as stream:
            stream.write(str(i))
    first = digests(paths, tmp_path / "memory.csv")
    assert len(set(first)) == 10_000
    with open(paths[77], "w") as stream:
        stream.write("another")
    second = digests(paths, tmp_path / "memory.csv")
    assert [i for i, (x, y) in enumerate(zip(first, second, strict=True)) if x != y] == [77]
