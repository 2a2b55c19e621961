"""The file that keeps the faces of a shard."""

import numpy as np
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.kept_faces import kept_faces, new_kept_faces

KEY = ("labels", 4)


def keep(path, names):
    with new_kept_faces(path) as add:
        for number, name in enumerate(names):
            add(name, {KEY: np.full((4, 4), number, np.uint8)})


def test_faces_are_read_as_they_were_kept_and_equal_ones_give_equal_bytes(tmp_path):
    keep(tmp_path / "a.npz", ["x", "007", "y.z"])
    keep(tmp_path / "b.npz", ["x", "007", "y.z"])
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with kept_faces(tmp_path / "a.npz") as read:
        assert [read(KEY, name)[0, 0] for name in ("y.z", "x", "007")] == [2, 0, 1]


def test_a_shard_without_faces_is_a_file_too(tmp_path):
    keep(tmp_path / "none.npz", [])
    with kept_faces(tmp_path / "none.npz") as read, pytest.raises(KeyError):
        read(KEY, "x")


def test_a_damaged_or_missing_file_is_named(tmp_path):
    keep(tmp_path / "a.npz", ["x", "y"])
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(data[: len(data) // 2])
    for name in ("half.npz", "gone.npz"):
        with pytest.raises(InputError, match=name), kept_faces(tmp_path / name) as read:
            read(KEY, "x")
