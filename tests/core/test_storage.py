"""Files and folders are whole or not there at all, and what a disk or a hand spoils is one sentence."""

import errno
import json
import os
import stat
import subprocess

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import StorageError, UserError
from msd_core.storage import atomic_folder, atomic_write, home, read_json, storage_errors, write_json
from msd_core.training.runs import Run


def test_a_file_or_folder_is_there_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), atomic_write(tmp_path / "a") as path:
        path.write_text("half")
        raise RuntimeError
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "b") as path:
        (path / "x").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    for text in ("first", "second"):
        with atomic_folder(tmp_path / "c") as path:
            (path / "x").write_text(text)
    assert (tmp_path / "c" / "x").read_text() == "first", "of two writers of one folder the first wins"
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_what_was_there_stays_until_the_new_is_whole(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_link_is_written_through_and_other_things_are_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with atomic_write(tmp_path / "link") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == "x"
    os.mkfifo(tmp_path / "pipe")
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "pipe", "no ordinary file")):
        with pytest.raises(UserError, match=message), atomic_write(path):
            pass


def test_files_and_folders_are_shared_as_any_others(tmp_path):
    before = os.umask(0o022)
    try:
        with atomic_write(tmp_path / "a") as path:
            path.write_text("x")
        with atomic_folder(tmp_path / "b"):
            pass
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"] == [0o644, 0o755]


def test_caches_lie_where_the_environment_puts_them(monkeypatch, tmp_path):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.setenv("MSD_HOME", "")
    assert home().parts[-2:] == (".cache", "msd")


@pytest.mark.parametrize("code, message", [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be used")])
def test_a_disk_that_refuses_is_one_sentence(tmp_path, code, message):
    with pytest.raises(StorageError, match=message), storage_errors(tmp_path):
        raise OSError(code, "refused")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can mount a disk to fill")
def test_a_disk_that_is_really_full_is_one_sentence(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(UserError, match="disk is full"):
            Run(disk).save_checkpoint({"x": torch.zeros(1_000_000)}, {})
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values=st.dictionaries(st.text().filter(lambda key: key != "checksum"), JSON, max_size=4))
def test_json_is_read_as_it_was_written(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("json") / "x.json"
    write_json(path, values)
    assert repr(read_json(path)) == repr(json.loads(json.dumps(values)))


@given(place=st.integers(0), digit=st.integers(1, 9))
def test_a_number_changed_by_hand_is_noticed(tmp_path_factory, place, digit):
    path = tmp_path_factory.mktemp("json") / "x.json"
    write_json(path, {"accuracy": 0.8125, "seeds": [3, 1, 4], "by": {"image": 15}, "kl": 9.26})
    text = path.read_text()
    places = [i for i, letter in enumerate(text[: text.index("checksum")]) if letter.isdigit()]
    at = places[place % len(places)]
    changed = text[:at] + str(digit) + text[at + 1 :]
    path.write_text(changed)
    if changed == text:
        assert read_json(path)["kl"] == 9.26
        return
    with pytest.raises(UserError, match="damaged"):
        read_json(path)


def test_a_key_that_went_or_came_is_noticed(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, {"a": 1, "b": {"c": None}})
    whole = json.loads(path.read_text())
    for changed in ({k: v for k, v in whole.items() if k != "a"}, {**whole, "d": 2}, {**whole, "b": {}}):
        path.write_text(json.dumps(changed))
        with pytest.raises(UserError, match="damaged"):
            read_json(path)


def test_keys_that_are_no_strings_are_read_as_strings(tmp_path):
    write_json(tmp_path / "x.json", {"by": {1: "a", None: "b"}})
    assert read_json(tmp_path / "x.json") == {"by": {"1": "a", "null": "b"}}


def test_a_file_without_a_checksum_is_taken_as_it_is(tmp_path):
    (tmp_path / "x.json").write_text('{"rate": 0.002}')
    assert read_json(tmp_path / "x.json") == {"rate": 0.002}


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"a": 1', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_one_sentence(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match="half-written") as error:
        read_json(tmp_path / "x.json")
    assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="half-written"):
        read_json(tmp_path / "missing.json")
