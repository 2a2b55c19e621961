import numpy as np
import pandas as pd
import pytest
from gestalt_regions.errors import InputError
from gestalt_regions.io import atomic, new_array, read_array, read_table, write_array, write_table


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
