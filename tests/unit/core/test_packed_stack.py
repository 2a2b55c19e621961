import time
import zipfile

import numpy as np
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_array
from gestalt_regions.core.packed_stack import PackedStack, pack, read_stack, unpack, write_packed


def of_channels(draws, size, scale, correlation=0.5):
    """Signed and absolute sum over three channels, as of a map."""
    channels = draws.normal(0, 1, (3, size, size)) ** 3 + correlation * draws.normal(0, 3, (size, size))
    return (scale * np.stack([channels.sum(0), np.abs(channels).sum(0)])).astype(np.float32)


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1.0, 1e6, 1e30])
def test_a_value_keeps_three_digits_whatever_the_size_of_the_map(scale):
    row = of_channels(np.random.default_rng(1), 40, scale)
    again = unpack(*pack(row))
    assert again.dtype == np.float32
    assert (np.abs(again - row) <= np.abs(row) * 2.0**-10 * 1.001).all()
    assert np.array_equal(np.sign(again), np.sign(row))
    assert again.max() == row.max()  # what minmax divides by


def test_rows_that_are_zero_constant_or_tiny():
    for row in (np.zeros((2, 3, 3)), np.full((2, 3, 3), 0.3), np.full((2, 3, 3), 1e-42), -np.ones((1, 3, 3))):
        row = row.astype(np.float32)
        assert np.array_equal(unpack(*pack(row)), row)


def test_a_packed_stack_is_read_as_an_array_is(tmp_path):
    draws = np.random.default_rng(2)
    rows = np.stack([of_channels(draws, 16, scale) for scale in (1e-6, 1, 50, 3, 2)])
    write_array(rows, tmp_path / "maps.npy")
    write_packed(tmp_path / "maps.npz", rows.shape, [rows[:3], rows[3:]])
    plain, packed = read_stack(tmp_path / "maps.npy"), read_stack(tmp_path / "maps.npz")
    assert isinstance(packed, PackedStack) and packed.shape == plain.shape and len(packed) == 5
    for index in (2, -1, np.int64(3), slice(1, 4), [4, 0], np.array([True, False, True, False, False]), (3, 1)):
        assert packed[index].shape == plain[index].shape
        np.testing.assert_allclose(packed[index], plain[index], rtol=1e-3)
    np.testing.assert_allclose(np.array(packed), rows, rtol=1e-3)
    np.testing.assert_allclose(np.stack(list(packed)), rows, rtol=1e-3)
    with pytest.raises(IndexError):
        packed[5]


def test_the_same_rows_give_the_same_bytes_in_fewer_of_them(tmp_path):
    rows = of_channels(np.random.default_rng(3), 112, 1e-3)[None]
    files = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path in files:
        write_packed(path, rows.shape, [rows])
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size < 0.45 * rows.nbytes


def test_layers_with_one_magnitude_are_stored_once(tmp_path):
    signed = of_channels(np.random.default_rng(4), 112, 1)[0]
    for name, rows in (("one", signed[None, None]), ("both", np.stack([signed, np.abs(signed)])[None])):
        write_packed(tmp_path / f"{name}.npz", rows.shape, [rows])
    one, both = ((tmp_path / f"{name}.npz").stat().st_size for name in ("one", "both"))
    assert both < 1.02 * one


def test_an_empty_stack(tmp_path):
    write_packed(tmp_path / "none.npz", (0, 2, 4, 4), [])
    stack = read_stack(tmp_path / "none.npz")
    assert stack.shape == (0, 2, 4, 4) and np.array(stack).shape == (0, 2, 4, 4)


def test_what_is_no_packed_stack_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.npz: no such file"):
        read_stack(tmp_path / "gone.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match=r"text\.npz: not a packed stack.*run again"):
        read_stack(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", maps=np.zeros(3))
    with pytest.raises(InputError, match=r"other\.npz: not a packed stack \(shape"):
        read_stack(tmp_path / "other.npz")
    rows = np.ones((2, 2, 8, 8), np.float32)
    write_packed(tmp_path / "maps.npz", rows.shape, [rows])
    with zipfile.ZipFile(tmp_path / "maps.npz") as whole, zipfile.ZipFile(tmp_path / "cut.npz", "w") as cut:
        for name in ("shape.npy", "scales.npy", "0000000.npy"):
            cut.writestr(name, whole.read(name))
    with pytest.raises(InputError, match=r"cut\.npz: not a packed stack \(0000001"):
        read_stack(tmp_path / "cut.npz")[1]
    np.savez(tmp_path / "objects.npz", shape=np.array([{}], dtype=object), scales=np.zeros(1))
    with pytest.raises(InputError, match="not a packed stack"):
        read_stack(tmp_path / "objects.npz")


def test_one_row_of_many_takes_less_than_five_milliseconds(tmp_path):
    draws = np.random.default_rng(5)
    row = of_channels(draws, 224, 1)
    write_packed(tmp_path / "maps.npz", (800, *row.shape), (row[None] for _ in range(800)))
    stack, times = read_stack(tmp_path / "maps.npz"), []
    for number in draws.permutation(800)[:20]:
        before = time.process_time()
        stack[number]
        times.append(time.process_time() - before)
    assert np.median(times) < 5e-3
