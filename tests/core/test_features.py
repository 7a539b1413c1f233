"""Features of frozen parts are computed once for each content, whatever asks for them."""

import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.cache import array_path
from msd_core.features import Keys, features, hash_keys
from msd_core.storage import home

PART = {"part": "a tower"}


@pytest.fixture(autouse=True)
def empty_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


class Tower:
    """Makes of a row the number that its content has; counts what it was asked for."""

    def __init__(self, keys: list[str]):
        self.keys, self.asked = keys, []

    def __call__(self, rows):
        self.asked += [self.keys[row] for row in rows]
        return value([self.keys[row] for row in rows])


def value(keys: list[str]) -> np.ndarray:
    return np.array([[len(key), ord(key[0])] for key in keys], np.float32)


def ask(keys: list[str], batch: int = 2) -> list[str]:
    """Features of these, and which were computed for that."""
    tower = Tower(keys)
    np.testing.assert_array_equal(features(PART, keys, batch, tower), value(keys))
    return tower.asked


def test_what_is_known_is_not_computed_again():
    assert ask(["a", "bb", "c"]) == ["a", "bb", "c"]
    assert ask(["a", "bb", "c"]) == []
    assert ask(["d", "c", "a", "d"]) in (["d", "d"], ["d"]), "another split, with one row that is new"
    assert ask(["c"]) == []


@given(lists=st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9), min_size=1, max_size=4))
def test_rows_come_in_the_order_that_they_are_asked_for(lists):
    for keys in lists:
        ask(keys)


def test_what_was_computed_before_an_end_is_kept():
    keys = ["a", "b", "c", "d", "e"]

    def killed(rows):
        if 2 in rows:
            raise KeyboardInterrupt
        return value([keys[row] for row in rows])

    with pytest.raises(KeyboardInterrupt):
        features(PART, keys, 2, killed)
    assert ask(keys) == ["c", "d", "e"]


def test_rows_are_made_in_the_order_that_is_best_and_read_in_their_own():
    keys = ["aaa", "b", "cc", "d"]
    ask(["cc"])
    tower = Tower(keys)
    np.testing.assert_array_equal(features(PART, keys, 2, tower, order=np.array([1, 3, 2, 0])), value(keys))
    assert tower.asked == ["b", "d", "aaa"]


@given(contents=st.lists(st.binary(max_size=5), max_size=1200), start=st.integers(-5, 5), step=st.sampled_from([1, -2]))
def test_keys_are_those_strings_in_less_memory(contents, start, step):
    digests = [hashlib.sha256(content).digest() for content in contents]
    keys, strings = Keys(digests), [digest.hex() for digest in digests]
    assert list(keys) == strings and keys[start::step] == strings[start::step] and len(keys) == len(strings)
    assert hash_keys(keys) == hash_keys(strings) == hashlib.sha256("\0".join(strings).encode()).hexdigest()


def test_a_file_of_an_earlier_version_is_read():
    ask(["b"])
    (file,) = (home() / "features").iterdir()
    with sqlite3.connect(file) as store:
        store.execute("ALTER TABLE features RENAME TO now")
        store.execute("CREATE TABLE features (key TEXT PRIMARY KEY, crc INTEGER, row BLOB) WITHOUT ROWID")
        store.execute("INSERT INTO features SELECT * FROM now")
    assert ask(["a", "b"]) == ["a"]


def test_progress_is_of_what_is_left():
    seen = []
    ask(["a"])
    features(PART, ["a", "b", "c", "d"], 2, Tower(["a", "b", "c", "d"]), lambda *done: seen.append(done))
    assert seen == [(2, 3), (3, 3)]


def test_a_damaged_file_is_made_anew():
    ask(["a", "b"])
    (file,) = (home() / "features").iterdir()
    array_path({"features": PART, "rows": hashlib.sha256(b"a\0b").hexdigest()}).unlink()
    file.write_bytes(b"nothing of the kind" * 100)
    assert ask(["a", "b"]) == ["a", "b"]


def test_a_damaged_row_is_computed_again():
    ask(["a", "b"])
    (file,) = (home() / "features").iterdir()
    with sqlite3.connect(file) as store:
        store.execute("UPDATE features SET row = zeroblob(8) WHERE key = 'a'")
    assert ask(["b", "a"]) == ["a"]


def test_two_writers_at_once_agree():
    keys = [chr(97 + i % 26) * (1 + i // 26) for i in range(100)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: np.array(features(PART, keys, 7, Tower(keys))), range(4)))
    for one in made:
        np.testing.assert_array_equal(one, value(keys))


def test_a_disk_that_keeps_nothing_costs_only_time(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="Features are not kept"):
        assert ask(["a", "b", "c"]) == ["a", "b", "c"]
