import numpy as np
import pandas as pd
import psutil
import pytest
from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import (
    atomic,
    new_array,
    read_array,
    read_pieces,
    read_table,
    write_array,
    write_pieces,
    write_table,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    write_table(pd.DataFrame({"a": [1]}), path)
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "a\n1\n"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_new_array_appears_only_when_complete(tmp_path):
    path = tmp_path / "maps.npy"
    with pytest.raises(RuntimeError), new_array(path, (2, 3), np.float32) as array:
        array[:] = 1
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with new_array(path, (2, 3), np.float32) as array:
        array[:] = 7
    assert (read_array(path) == 7).all()


def test_an_empty_array_can_be_written_and_read(tmp_path):
    with new_array(tmp_path / "none.npy", (0, 2, 4, 4), np.float32):
        pass
    assert read_array(tmp_path / "none.npy").shape == (0, 2, 4, 4)


def test_pickled_arrays_are_refused(tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"objects\.npy: not a plain"):
        read_array(path)
    with pytest.raises(ValueError, match="allow_pickle"):
        write_array(np.array([{}], dtype=object), tmp_path / "new.npy")


def test_read_table_names_file_and_column(tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text("sample_id,lable\n007,a\n")
    with pytest.raises(InputError, match=r"samples\.csv: no column 'label'; did you mean lable"):
        read_table(path, ["sample_id", "label"])
    assert read_table(path, strings=["sample_id"]).sample_id.tolist() == ["007"]
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "missing.csv")


def test_a_stack_keeps_little_in_memory_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(io, "RELEASE_AFTER", 1 << 20)
    rows, process = 400, psutil.Process()
    with new_array(tmp_path / "large.npy", (rows, 256, 256, 4), np.uint8) as array:  # 105 MB
        before = process.memory_info().rss
        for row in range(rows):
            array[row] = np.full((256, 256, 4), row % 251, np.uint8)
        assert process.memory_info().rss - before < 30e6
    stack, before = read_array(tmp_path / "large.npy"), process.memory_info().rss
    assert [int(image.max()) for image in stack] == [row % 251 for row in range(rows)]
    assert stack[np.arange(rows)[::40]][:, 0, 0, 0].tolist() == [row % 251 for row in range(0, rows, 40)]
    assert process.memory_info().rss - before < 30e6
    assert type(stack[3]) is np.ndarray and type(stack[:2].mean((1, 2))) is np.ndarray
    assert type(stack.max()) is np.uint8


def test_pieces_are_the_table(tmp_path):
    table = pd.DataFrame({"id": ["007", "", "é"], "x": [0.1, np.nan, 1 / 3], "n": [1, 2, 3]})
    write_table(table, tmp_path / "whole.csv")
    write_pieces((table[k : k + 1] for k in range(3)), tmp_path / "pieces.csv")
    assert (tmp_path / "pieces.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    pieces = list(read_pieces(tmp_path / "whole.csv", ["id", "x"], strings=["id"], rows=2))
    assert [len(piece) for piece in pieces] == [2, 1]
    whole = read_table(tmp_path / "whole.csv", strings=["id"])
    pd.testing.assert_frame_equal(pd.concat(pieces), whole[["id", "x"]])
    with pytest.raises(InputError, match=r"whole\.csv: no column 'y'"):
        list(read_pieces(tmp_path / "whole.csv", ["y"]))
    with pytest.raises(InputError, match="no such file"):
        list(read_pieces(tmp_path / "missing.csv", ["y"]))
    write_table(table[:0], tmp_path / "empty.csv")
    assert [len(piece) for piece in read_pieces(tmp_path / "empty.csv", ["id"])] == [0]


def test_names_that_look_like_nothing_are_names(tmp_path):
    """Also in a column that nobody called text; an empty cell is still a missing number."""
    names, path = ["NA", "null", "None", "nan", "n/a", "#N/A", "x"], tmp_path / "table.csv"
    write_table(pd.DataFrame({"sample_id": names, "label": names, "value": [1.5, None, 3, 4, 5, 6, 7]}), path)
    for table in (read_table(path, strings=["sample_id"]), next(read_pieces(path, ["sample_id", "label", "value"]))):
        assert table["sample_id"].tolist() == table["label"].tolist() == names
        assert table["value"].isna().tolist() == [False, True, *[False] * 5]
