"""Kept arrays: what was made, whole or not at all, and damage to any byte is noticed."""

import errno
import multiprocessing
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core import cache, storage
from msd_core.cache import array_path, cached_array, open_array, read_sealed, write_rows, write_sealed
from msd_core.storage import home

KEY = {"weights": "a1", "dtype": "float32"}
VALUES = np.arange(60, dtype=np.float32).reshape(5, 4, 3) / 7


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def files() -> list[Path]:
    return sorted((home() / "arrays").glob("*"))


def damage(path: Path, content: bytes) -> None:
    """Replace the content of a file, and let the file system know: two changes within a tick bear one time."""
    before = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_an_array_is_made_once_and_mapped(tmp_path):
    calls = []
    for _ in range(3):
        kept = cached_array(KEY, lambda: calls.append(1) or VALUES)
        np.testing.assert_array_equal(kept, VALUES)
        assert isinstance(kept, np.memmap) and not kept.flags.writeable and kept.dtype == VALUES.dtype
    assert len(calls) == 1 and len(files()) == 1


def test_another_key_is_another_array():
    for i, key in enumerate((KEY, {**KEY, "weights": "b2"}, {"dtype": "float32"})):
        assert cached_array(key, lambda i=i: np.full(3, i)).tolist() == [i] * 3
    assert array_path(KEY) == array_path(dict(reversed(KEY.items()))), "their order is no matter"
    assert len(files()) == 3


@settings(max_examples=60)
@given(place=st.integers(0), bits=st.integers(1, 255))
def test_any_byte_that_flips_is_noticed(place, bits):
    made = cached_array(KEY, lambda: VALUES)
    content = bytearray(array_path(KEY).read_bytes())
    size = len(content)
    assert size == 128 + VALUES.nbytes + 12, "header, data and seal"
    content[place % size] ^= bits
    damage(array_path(KEY), bytes(content))
    again = cached_array(KEY, lambda: VALUES + 1)
    np.testing.assert_array_equal(again, VALUES + 1)
    del made
    array_path(KEY).unlink()


@pytest.mark.parametrize("place", ["header", "data", "mark", "checksum"])
def test_each_part_of_a_file_is_guarded(place):
    cached_array(KEY, lambda: VALUES)
    content = bytearray(array_path(KEY).read_bytes())
    content[{"header": 20, "data": 130, "mark": -12, "checksum": -1}[place]] ^= 1
    damage(array_path(KEY), bytes(content))
    assert open_array(array_path(KEY)) is None and files() == []


@pytest.mark.parametrize("content", [b"", b"x", b"garbage" * 100, b"msd-seal\0\0\0\0"])
def test_a_file_that_is_none_of_ours_is_made_anew(content):
    cached_array(KEY, lambda: VALUES)
    damage(array_path(KEY), content)
    np.testing.assert_array_equal(cached_array(KEY, lambda: VALUES), VALUES)


@settings(max_examples=40)
@given(left=st.integers(0, 127 + VALUES.nbytes + 12))
def test_a_file_cut_anywhere_is_made_anew(left):
    cached_array(KEY, lambda: VALUES)
    damage(array_path(KEY), array_path(KEY).read_bytes()[:left])
    assert open_array(array_path(KEY)) is None
    np.testing.assert_array_equal(cached_array(KEY, lambda: VALUES), VALUES)


def test_an_unsealed_file_of_an_earlier_version_is_made_anew():
    array_path(KEY).parent.mkdir(parents=True)
    with array_path(KEY).open("wb") as file:
        np.save(file, VALUES - 1)
    np.testing.assert_array_equal(cached_array(KEY, lambda: VALUES), VALUES)
    assert cache.is_sealed(array_path(KEY))


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=6), dtype=st.sampled_from([np.uint8, np.float32, ">i4"]))
def test_pieces_are_the_whole(tmp_path_factory, sizes, dtype):
    whole = np.random.default_rng(0).integers(0, 99, (sum(sizes), 2, 3)).astype(dtype)
    folder = tmp_path_factory.mktemp("rows")
    pieces = np.split(whole, np.cumsum(sizes)[:-1])
    write_rows(folder / "pieces", whole.shape, whole.dtype, iter(pieces))
    write_rows(folder / "whole", whole.shape, whole.dtype, [np.asfortranarray(whole)])
    assert (folder / "pieces").read_bytes() == (folder / "whole").read_bytes()
    if len(whole):
        np.testing.assert_array_equal(open_array(folder / "pieces"), whole)


@pytest.mark.parametrize(
    "pieces",
    [[VALUES[:4]], [VALUES, VALUES], [VALUES[:, :3]], [VALUES.astype(np.float64)], [VALUES[:2], VALUES[2:, 0]]],
)
def test_pieces_of_another_shape_are_refused_and_leave_nothing(tmp_path, pieces):
    with pytest.raises(ValueError, match=r"a piece is|rows of"):
        write_rows(tmp_path / "x.npy", VALUES.shape, VALUES.dtype, pieces)
    assert list(tmp_path.iterdir()) == []


@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
def test_a_sealed_file_is_read_as_it_was_written(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("sealed") / "x"
    write_sealed(path, pieces)
    assert read_sealed(path) == b"".join(pieces)
    content = path.read_bytes()
    damage(path, content[:-1] + bytes([content[-1] ^ 1]))
    assert read_sealed(path) is None and path.exists()


def test_there_is_nothing_to_read_where_there_is_no_file(tmp_path):
    assert read_sealed(tmp_path / "none") is None and read_sealed(tmp_path) is None
    assert open_array(tmp_path / "none") is None


def test_a_file_larger_than_a_piece_is_sealed_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_PIECE", 7)
    write_sealed(tmp_path / "x", [b"a" * 20])
    assert read_sealed(tmp_path / "x") == b"a" * 20


def _write(folder: str, value: float) -> None:
    os.environ["MSD_HOME"] = folder
    kept = cached_array({"key": 1}, lambda: np.full((400, 400), value))
    assert (kept == kept[0, 0]).all(), "half of one writer, half of another"


def test_two_processes_may_write_one_cache(tmp_path):
    context = multiprocessing.get_context("spawn")
    for _ in range(2):
        writers = [context.Process(target=_write, args=(str(tmp_path), float(i))) for i in range(2)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(files()) == 1, "no temporary file is left"


def test_a_full_disk_costs_the_cache_and_not_the_answer(monkeypatch):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "_sync", full)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert cached_array({"key": 2}, lambda: np.ones(3)).tolist() == [1, 1, 1]
    assert "disk is full" in str(caught[0].message)
    assert files() == []
