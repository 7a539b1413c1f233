"""The teacher's targets: what the live teacher answers, kept under all that the answer depends on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from msd_core.inputs import read_inputs
from msd_core.models.files import LoadedModel
from msd_core.models.preprocess import Preprocess
from msd_core.models.zoo import build
from msd_core.storage import home
from msd_core.training import teacher as teacher_module
from msd_core.training.teacher import representations, targets
from msd_core.views import visible
from tests.tiny import TINY


@pytest.fixture
def teacher(tiny_model):
    return LoadedModel(tiny_model, TINY, "easy-vqa")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


@pytest.fixture
def passes(monkeypatch) -> list:
    """The splits that the teacher went through."""
    splits, live = [], teacher_module.logits_by_view
    monkeypatch.setattr(
        teacher_module, "logits_by_view", lambda model, split: splits.append(split) or live(model, split)
    )
    return splits


def files() -> list[Path]:
    return sorted((home() / "arrays").glob("*"))


def test_cached_logits_are_the_live_teachers(teacher, tiny_split, passes):
    inputs = read_inputs(teacher.model, tiny_split)
    images = inputs.images(tiny_split.image_of)
    tokens = teacher.model.tokenize([tiny_split.texts[i] for i in tiny_split.text_of]).ids
    with torch.no_grad():
        live = teacher.model(images, tokens, visible(batch=len(tiny_split))).transpose(0, 1)
    for _ in range(2):  # computed, then read
        kept = targets(teacher, tiny_split)
        torch.testing.assert_close(kept, live, atol=1e-5, rtol=1e-5)
        assert kept.dtype == torch.float32
    assert len(passes) == 1


def test_the_key_is_all_that_the_answer_depends_on(teacher, tiny_split, passes):
    targets(teacher, tiny_split)
    targets(teacher, replace(tiny_split))
    assert len(passes) == 1
    targets(teacher, tiny_split.gather(torch.arange(len(tiny_split)).flip(0)))  # another order
    targets(teacher, replace(tiny_split, texts=[text.upper() + "?" for text in tiny_split.texts]))
    assert len(passes) == 3
    with torch.no_grad():
        teacher.model.null_image += 1e-3
    targets(LoadedModel(teacher.model, TINY, "easy-vqa"), tiny_split)
    assert len(passes) == 4
    teacher.model.preprocess = Preprocess(64, "stretch")
    targets(LoadedModel(teacher.model, TINY, "easy-vqa"), tiny_split)
    assert len(passes) == 5


def test_a_damaged_file_is_made_anew(teacher, tiny_split, passes):
    right = targets(teacher, tiny_split).clone()
    for damage in (lambda c: b"", lambda c: c[:50], lambda c: c[:-100], lambda c: b"garbage" * 100):
        made = len(passes)
        for path in files():
            path.write_bytes(damage(path.read_bytes()))
        assert torch.equal(targets(teacher, tiny_split), right) and len(passes) == made + 1


def test_representations_are_the_live_teachers_on_both(teacher, tiny_split):
    kept = representations(teacher, tiny_split)
    inputs = read_inputs(teacher.model, tiny_split)
    with torch.no_grad():
        encoded = teacher.model.encode(inputs.images(tiny_split.image_of), inputs.texts(tiny_split.text_of))
        hidden = teacher.model.hidden(encoded, visible(("both",), len(tiny_split))[0])
    torch.testing.assert_close(kept.encodings, torch.cat([encoded.image, encoded.text], dim=1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(kept.hidden, hidden, atol=1e-5, rtol=1e-5)


def test_representations_are_computed_in_one_pass_and_kept(teacher, tiny_split, monkeypatch):
    passes, encode = [], teacher_module.encode_split
    monkeypatch.setattr(teacher_module, "encode_split", lambda *args: passes.append(args) or encode(*args))
    one, other = representations(teacher, tiny_split), representations(teacher, tiny_split)
    assert len(passes) == 1 and torch.equal(one.encodings, other.encodings) and torch.equal(one.hidden, other.hidden)


def test_a_teacher_is_hashed_once(teacher, tiny_split, monkeypatch):
    hashes = []
    monkeypatch.setattr("msd_core.models.files.hash_state", lambda state: hashes.append(1) or "0")
    for rows in (40, 20, 10):
        targets(teacher, tiny_split.subset(rows))
    representations(teacher, tiny_split)
    assert len(hashes) == 1


def test_what_is_kept_is_mapped_and_not_to_be_written_to(teacher, tiny_split, monkeypatch):
    mapped, cached_array = [], teacher_module.cached_array
    monkeypatch.setattr(teacher_module, "cached_array", lambda *args: mapped.append(cached_array(*args)) or mapped[-1])
    targets(teacher, tiny_split)
    assert isinstance(mapped[0], np.memmap) and not mapped[0].flags.writeable


def test_two_teachers_have_targets_of_their_own(tiny_split, passes):
    torch.manual_seed(0)
    one, other = (LoadedModel(build(TINY, 5).eval(), TINY, "easy-vqa") for _ in range(2))
    assert not torch.equal(targets(one, tiny_split), targets(other, tiny_split)) and len(passes) == 2
