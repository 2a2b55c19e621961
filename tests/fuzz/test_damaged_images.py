"""Damaged pictures of every format: each ends as pixels or as a named refusal, in bounded time and memory.

`make fuzz` tries more, `make fuzz FUZZ=1000000` as many as one likes. A failure names the number of the file, which
makes the file again.
"""

import os
import resource
import sys
import time

import numpy as np
import pytest
from fuzz.damaged_images import damaged, whole_files
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.faces.unusable import Unusable

FILES = int(os.environ.get("FUZZ", "10000"))
BLOCK = 500  # files in one test: a crash of a decoder's C code names the block
SECONDS = 20  # of processor time for one file
GIGABYTES = 1.7  # beside what the process held before; a job of faces asks for 2.5 with its networks


@pytest.fixture(scope="module")
def files():
    return whole_files()


def peak():
    """Most memory that this process ever held, gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


@pytest.mark.parametrize("first", range(0, FILES, BLOCK))
def test_a_damaged_picture_ends_as_pixels_or_as_a_refusal(tmp_path, files, first):
    path = tmp_path / "photo.jpg"
    read, before = 0, peak()
    for number in range(first, min(first + BLOCK, FILES)):
        how, data = damaged(number, files)
        path.write_bytes(data)
        said = f"file {number}: {how}"
        start = time.process_time()
        try:
            photo = read_photo(path)
        except Unusable as refusal:
            assert refusal.reason == "unreadable" and len(refusal.detail) > 20, said
            assert str(tmp_path) not in refusal.detail and "\n" not in refusal.detail, said
        except BaseException as error:
            raise AssertionError(said) from error
        else:
            read += 1
            shape = photo.pixels.shape
            assert photo.pixels.dtype == np.uint8 and len(shape) == 3 and shape[2] == 3 and min(shape) > 0, said
        assert time.process_time() - start < SECONDS, said
    assert 0 < read < BLOCK  # both ends are reached
    assert peak() - before < GIGABYTES, f"files {first} to {number}"


def test_whole_files_are_read_and_a_number_makes_the_same_file_again(tmp_path, files):
    for name, data in files.items():
        (tmp_path / "photo").write_bytes(data)
        assert read_photo(tmp_path / "photo").pixels.ndim == 3, name
    assert damaged(5, files) == damaged(5, files) != damaged(6, files)
