"""The teacher's targets: what the live teacher says, kept whole or not at all."""

import errno
import multiprocessing
import os
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from msd_core import cache, storage
from msd_core.errors import UserError
from msd_core.models.files import Loaded
from msd_core.runs import Run
from msd_core.storage import home, new_file, new_folder
from msd_core.teacher import targets
from msd_core.views import visible
from tests.conftest import TINY


@pytest.fixture
def teacher(tiny_model):
    return Loaded(tiny_model, TINY, "easy-vqa")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def files() -> list[Path]:
    return sorted((home() / "arrays").glob("*"))


def test_cached_logits_are_the_live_teachers(teacher, tiny_split):
    for _ in range(2):  # computed, then read
        kept = targets(teacher, tiny_split)
        images = torch.from_numpy(tiny_split.images[tiny_split.image_of.numpy()]).permute(0, 3, 1, 2).float() / 255
        tokens = teacher.model.tokenize([tiny_split.texts[i] for i in tiny_split.text_of]).ids
        with torch.no_grad():
            live = teacher.model(images, tokens, visible(batch=len(tiny_split))).transpose(0, 1)
        np.testing.assert_allclose(kept, live.numpy(), atol=1e-5)
        assert isinstance(kept, np.memmap) and not kept.flags.writeable
    assert len(files()) == 1


def test_the_key_is_all_that_the_answer_depends_on(teacher, tiny_split):
    targets(teacher, tiny_split)
    targets(teacher, tiny_split.rows(torch.arange(len(tiny_split)).flip(0)))  # another order
    with torch.no_grad():
        teacher.model.null_image += 1e-3
    targets(teacher, tiny_split)
    assert len(files()) == 3


def test_a_damaged_file_is_made_anew(teacher, tiny_split):
    right = np.array(targets(teacher, tiny_split))
    (path,) = files()
    whole = path.read_bytes()
    for broken in (b"", whole[:50], whole[:-100], b"garbage" * 100):
        path.write_bytes(broken)
        np.testing.assert_array_equal(targets(teacher, tiny_split), right)


def _write(folder: str, value: float) -> None:
    import os

    os.environ["MSD_HOME"] = folder
    kept = cache.cached_array({"key": 1}, lambda: np.full((400, 400), value))
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

    monkeypatch.setattr(Path, "write_bytes", full)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert cache.cached_array({"key": 2}, lambda: np.ones(3)).tolist() == [1, 1, 1]
    assert "disk is full" in str(caught[0].message)
    assert files() == []


def test_a_file_or_folder_is_there_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), new_file(tmp_path / "a") as path:
        path.write_text("half")
        raise RuntimeError
    with pytest.raises(RuntimeError), new_folder(tmp_path / "b") as path:
        (path / "x").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    for text in ("first", "second"):
        with new_folder(tmp_path / "c") as path:
            (path / "x").write_text(text)
    assert (tmp_path / "c" / "x").read_text() == "first", "of two writers of one folder the first wins"
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize("code, said", [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be used")])
def test_a_disk_that_refuses_is_one_sentence(tmp_path, code, said):
    with pytest.raises(UserError, match=said), storage.say_if_full(tmp_path):
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
