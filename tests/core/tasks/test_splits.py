"""A split is its examples, kept once; damage to what is kept costs time and never changes a number."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks import Example, Split, Task, load_split, load_task
from msd_core.tasks.base import png
from msd_core.tasks.pictures import hash_of, read_picture
from tests import fifth, tiny
from tests.core.tasks.test_pictures import PHOTO, encoded

FILES = ("examples.parquet", "pictures.parquet", "pictures.bin")


@pytest.fixture
def own_home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    return tmp_path


def pairs(split: Split) -> list[tuple]:
    """The examples of a split in plain words."""
    rows = zip(split.image_of.tolist(), split.text_of.tolist(), split.labels.tolist(), strict=True)
    return [(split.pictures.keys[i], split.texts[t], label) for i, t, label in rows]


@pytest.mark.parametrize("task", [load_task("digits"), fifth.TASK], ids=lambda task: task.name)
def test_a_loaded_split_is_its_examples(own_home, task):
    split, again = load_split(task, "validation"), load_split(task, "validation")  # made, then read
    examples = task.examples("validation")
    assert pairs(split) == pairs(again) == [(e.image, e.text, e.label) for e in examples]
    assert split.fingerprint == again.fingerprint
    for row, key in enumerate(split.pictures.keys):
        assert split.pictures.read(row) == task.picture(key)
    assert split.image_of.dtype == split.text_of.dtype == split.labels.dtype == torch.int64
    assert len(set(split.texts)) == len(split.texts) and list(split.pictures.keys) == sorted(split.pictures.keys)
    if task is fifth.TASK:
        assert split.evidence is None
        assert len({read_picture(split.pictures.read(row)).size for row in range(len(split.pictures))}) > 10
    else:
        assert split.evidence.tolist() == [e.evidence for e in examples]


def test_a_multilabel_split_has_a_row_of_labels_and_of_evidence():
    task = load_task("posters")
    split = load_split(task, "validation", pictures=20)
    examples = [e for e in task.examples("validation") if e.image in split.pictures.keys]
    assert split.labels.dtype == torch.float32 and split.labels.shape == split.evidence.shape == (80, 8)
    assert split.labels.tolist() == [list(e.label) for e in examples]
    assert split.evidence.tolist() == [list(e.evidence) for e in examples]


def test_the_first_pictures_are_a_split_of_their_own(own_home, fifth, monkeypatch):
    read = []
    task = replace(fifth, picture=lambda key: read.append(key) or fifth.picture(key))
    few = load_split(task, "train", pictures=7)
    assert few.pictures.keys == tuple(f"{i:03d}" for i in range(7)) and sorted(read) == list(few.pictures.keys)
    assert pairs(few) == [(e.image, e.text, e.label) for e in task.examples("train") if e.image in few.pictures.keys]
    assert len(load_split(task, "train").pictures) == 60


def test_a_split_is_made_once(own_home, fifth):
    read = []
    task = replace(fifth, picture=lambda key: read.append(key) or fifth.picture(key))
    for _ in range(3):
        load_split(task, "test")
    assert len(read) == 30


def test_another_source_is_another_split(own_home, fifth):
    inverted = replace(fifth, picture=lambda key: fifth.picture(f"{int(key) + 1:03d}"), source=lambda: "other")
    split, other = load_split(fifth, "validation"), load_split(inverted, "validation")
    assert pairs(split) == pairs(other)
    assert split.fingerprint != other.fingerprint, "the same keys, other pictures"
    assert split.pictures.fingerprint != other.pictures.fingerprint
    assert load_split(fifth, "validation").fingerprint == split.fingerprint


def of_examples(examples: list[Example], picture=fifth.picture) -> Task:
    """A task of these examples alone."""
    source = hash_of(map(repr, examples))
    return replace(fifth.TASK, examples=lambda split: examples, picture=picture, source=lambda: source)


def test_one_content_under_two_keys_is_one_picture(own_home):
    contents = {"a": fifth.picture("001"), "b": fifth.picture("000"), "c": fifth.picture("000")}
    examples = [Example("c", "x", 0), Example("b", "x", 1), Example("a", "x", 1)]
    split = load_split(of_examples(examples, contents.__getitem__), "train")
    assert split.pictures.keys == ("a", "b") and split.image_of.tolist() == [1, 1, 0]
    assert [split.pictures.read(row) for row in range(2)] == [contents["a"], contents["b"]]


BAD_TASKS = {
    "Picture a of fifth: That file is not a picture": ([Example("a", "x", 0)], lambda key: b"no picture"),
    "no examples in its train split": ([], fifth.picture),
    "of all or of none": ([Example("000", "x", 0, "image"), Example("001", "x", 0)], fifth.picture),
}


@pytest.mark.parametrize("sentence", BAD_TASKS)
def test_a_split_that_cannot_be_made_is_one_sentence(own_home, sentence):
    with pytest.raises(UserError, match=sentence):
        load_split(of_examples(*BAD_TASKS[sentence]), "train")


@pytest.mark.parametrize(
    "change",
    [
        lambda e: [e[1], e[0]],
        lambda e: [replace(e[0], text="is the field blue ?"), e[1]],
        lambda e: [replace(e[0], label=1 - e[0].label), e[1]],
        lambda e: [replace(e[0], image=e[1].image), e[1]],
        lambda e: e[:1],
    ],
    ids=["order", "text", "label", "picture", "length"],
)
def test_a_fingerprint_is_of_all_that_a_model_reads(own_home, change):
    examples = [Example("000", "is the field red?", 1), Example("001", "is the field red?", 0)]
    one, other = load_split(of_examples(examples), "train"), load_split(of_examples(change(examples)), "train")
    assert one.fingerprint != other.fingerprint


def flip(places: int):
    """Change so many bytes of a content, anywhere."""

    def damage(content: bytes, rng: np.random.Generator) -> bytes:
        changed = bytearray(content)
        for place in rng.choice(len(content), min(places, len(content)), replace=False):
            changed[place] ^= int(rng.integers(1, 256))
        return bytes(changed)

    return damage


DAMAGES = {
    "one byte": flip(1),
    "twenty bytes": flip(20),
    "cut short": lambda content, rng: content[: int(rng.integers(1, len(content)))],
    "longer": lambda content, rng: content + rng.bytes(9),
    "empty": lambda content, rng: b"",
    "removed": lambda content, rng: None,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_split_is_made_anew(own_home, fifth, name, damage):
    right, rng = load_split(fifth, "validation"), np.random.default_rng(len(damage) + len(name))
    (folder,) = own_home.glob("tasks/*/validation")
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for _ in range(8 if damage in ("one byte", "twenty bytes", "cut short") else 1):
        path = folder / name
        content, later = DAMAGES[damage](path.read_bytes(), rng), path.stat().st_mtime_ns + 10**9
        path.unlink()
        if content is not None:
            path.write_bytes(content)
            os.utime(path, ns=(later, later))  # two changes within a tick bear one time
        again = load_split(fifth, "validation")
        assert again.fingerprint == right.fingerprint and pairs(again) == pairs(right)
        assert [again.pictures.read(row) for row in range(20)] == [right.pictures.read(row) for row in range(20)]


@pytest.mark.parametrize("left", [(), FILES[:1], FILES[1:]])
def test_a_half_written_split_is_made_anew(own_home, fifth, left):
    right = load_split(fifth, "validation").fingerprint
    (folder,) = own_home.glob("tasks/*/validation")
    for name in set(FILES) - set(left):
        (folder / name).unlink()
    assert load_split(fifth, "validation").fingerprint == right


def test_a_picture_spoilt_while_a_split_is_in_use_is_one_sentence(own_home, fifth):
    split = load_split(fifth, "validation")
    path = split.pictures.files.path
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="is damaged: delete it"):
        split.pictures.read(0)
    assert read_picture(split.pictures.read(19))
    path.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        split.pictures.read(19)


@pytest.fixture(scope="module")
def split() -> Split:
    return tiny.tiny_split()


@given(rows=st.lists(st.integers(0, 39), min_size=1, max_size=50))
def test_gathered_examples_are_those_of_the_rows(split, rows):
    part = split.gather(torch.tensor(rows))
    whole = pairs(split)
    assert pairs(part) == [whole[row] for row in rows]
    assert set(part.image_of.tolist()) == set(range(len(part.pictures))), "no picture that nobody uses"
    assert set(part.text_of.tolist()) == set(range(len(part.texts)))
    for row in range(len(part.pictures)):
        assert part.pictures.read(row) == split.pictures.read(int(part.pictures.keys[row]))


def test_evidence_follows_its_examples(split):
    evidence = np.array(["image", "text"] * 20)
    part = replace(split, evidence=evidence).gather(torch.tensor([3, 2, 9]))
    assert part.evidence.tolist() == ["text", "image", "text"]


@given(one=st.integers(1, 60), other=st.integers(1, 60))
def test_smaller_subsets_nest_in_larger(split, one, other):
    small, large = (split.subset(size) for size in sorted((one, other)))
    assert len(small) == min(40, one, other) and set(pairs(small)) <= set(pairs(large)) <= set(pairs(split))
    if len(small) < len(large):
        assert len({small.fingerprint, large.fingerprint}) == 2
    if len(large) == 40:
        assert large is split


@given(share=st.floats(0.05, 0.9))
def test_what_is_held_out_shares_no_picture_and_nothing_is_lost(split, share):
    kept, held_out = split.hold_out(share)
    assert not set(kept.pictures.keys) & set(held_out.pictures.keys)
    assert sorted(pairs(kept) + pairs(held_out)) == sorted(pairs(split))
    used = len({*kept.pictures.keys, *held_out.pictures.keys})
    assert abs(len(held_out.pictures) - share * len(split.pictures)) <= len(split.pictures) - used + 1
    again = split.hold_out(share)
    assert [part.fingerprint for part in again] == [kept.fingerprint, held_out.fingerprint]


def test_a_subset_of_pictures_shares_the_files(split):
    part = split.pictures.subset(np.array([4, 2]))
    assert part.files is split.pictures.files and part.keys == ("004", "002")
    assert part.subset(torch.tensor([1])).keys == ("002",)
    assert part.read(1) == split.pictures.read(2)
    assert part.fingerprint != split.pictures.fingerprint


def test_a_picture_that_cannot_be_made_leaves_no_split(own_home, fifth):
    def broken(key: str) -> bytes:
        raise UserError(f"{key} is no picture.")

    with pytest.raises(UserError, match="is no picture"):
        load_split(replace(fifth, picture=broken), "test")
    assert not list(own_home.rglob("*.bin")) and load_split(fifth, "test")


def test_pictures_of_any_format_are_kept_as_they_came(own_home):
    contents = {"a": encoded(PHOTO, "JPEG"), "b": encoded(PHOTO, "WEBP"), "c": png(PHOTO)}
    examples = [Example(key, "x", 0) for key in contents]
    split = load_split(of_examples(examples, contents.__getitem__), "train")
    assert [split.pictures.read(row) for row in range(3)] == list(contents.values())
