"""A full or read-only disk: a message that names the path and what to do, and nothing half-written."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core import disk
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic, new_array, write_array, write_table

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def files_of_1_mb():
    """No file of this process may grow beyond 1 MB, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def map_of_4_mb(path):
    with new_array(path, (1000, 1000), np.float32) as array:
        array[:] = 1


@pytest.mark.parametrize(
    "write",
    [
        map_of_4_mb,  # through a memory map a full disk would be a signal, without a word
        lambda path: write_table(pd.DataFrame({"a": ["x" * 1000] * 2000}), path),
    ],
)
def test_nothing_is_left_of_what_does_not_fit(tmp_path, files_of_1_mb, write):
    with pytest.raises(InputError, match=r"maps\.npy cannot be written, its disk \(or quota\) is full: make"):
        write(tmp_path / "maps.npy")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_seen_where_a_library_hides_it(tmp_path, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 4096))
    with pytest.raises(InputError, match="full: make room"), atomic(tmp_path / "a/b.safetensors"):
        raise RuntimeError("unexpected position 64 vs 0")
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: Usage(10**9, 0, 10**9))
    said = "I/O error: No space left on device (os error 28)"  # safetensors, when its file is gone again
    with pytest.raises(InputError, match="full: make room"), atomic(tmp_path / "a/b.safetensors"):
        raise RuntimeError(said)
    with pytest.raises(RuntimeError), atomic(tmp_path / "a/b.safetensors"):
        raise RuntimeError("unexpected position 64 vs 0")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_read_only_folder_is_named(tmp_path, code):
    found = disk.unwritable(tmp_path / "x", OSError(code, os.strerror(code)))
    assert str(tmp_path / "x") in str(found)
    assert "change its permissions" in str(found)


def test_leftovers_of_dead_processes_are_removed_and_of_living_ones_are_not(tmp_path):
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    output = tmp_path / "maps.npy"
    names = (f"maps.npy.{done.stdout.strip()}", f"maps.npy.{os.getpid()}", f"x.npy.{done.stdout.strip()}")
    dead, alive, other = (tmp_path / f".{name}.tmp" for name in names)
    folder = tmp_path / f".maps.npy.{done.stdout.strip()}.fetch-x.tmp"
    for path in (dead, alive, other, folder / "part"):
        write_array(np.zeros(3), path)
    disk.remove_leftovers([output])
    assert sorted(tmp_path.iterdir()) == sorted([alive, other])
