"""Rows of one picture or text stay together, every split has some, and each label its share."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks.base import SPLITS
from msd_core.tasks.grouping import folds_of, groups_of, named_splits, new_splits


def numbers(count: int, most: int):
    return st.lists(st.integers(0, most), min_size=count, max_size=count).map(lambda values: np.array(values, np.int64))


PAIRS = st.integers(0, 60).flatmap(lambda n: st.tuples(numbers(n, 30), numbers(n, 30)))
GROUPED = st.integers(1, 60).flatmap(lambda n: st.tuples(numbers(n, 25), numbers(n, 4)))


def is_whole(parts: np.ndarray, of: np.ndarray) -> bool:
    """Whether each value of `of` is in one part."""
    return len(set(zip(parts.tolist(), of.tolist(), strict=True))) == len(set(of.tolist()))


def shares(split: np.ndarray) -> dict[str, float]:
    return {name: float((split == name).mean()) for name in SPLITS}


@given(PAIRS)
def test_what_is_shared_is_one_group_unless_texts_tie_too_much(pairs):
    pictures, texts = pairs
    groups, tied = groups_of(pictures, texts)
    assert groups.shape == pictures.shape and groups.dtype == np.int64 and is_whole(groups, pictures)
    assert is_whole(groups, texts) if tied else is_whole(pictures, groups)


def test_chains_of_pictures_and_texts_are_one_group():
    groups, tied = groups_of(np.array([0, 0, 1, 2, 3, 4]), np.array([0, 1, 1, 2, 3, 4]))
    assert tied and len(set(groups[:3])) == 1 and len(set(groups.tolist())) == 4


def test_a_text_of_more_than_a_tenth_ties_nothing():
    pictures = np.arange(1000)
    for rows, ties in ((100, True), (101, False)):
        groups, tied = groups_of(pictures, np.where(pictures < rows, 0, pictures))
        assert tied == ties and len(set(groups.tolist())) == (901 if ties else 1000)


def test_a_picture_of_most_rows_does_not_untie_the_texts():
    assert groups_of(np.array([0] * 90 + [1, 2, 3, 4]), np.array([*range(90), 91, 91, 92, 93]))[1]


@pytest.mark.parametrize("texts", [[0] * 5, [0, 0, 0, 1, 1]])
def test_few_rows_of_one_text_can_be_split(texts):
    groups, tied = groups_of(np.arange(5), np.array(texts))
    assert not tied and set(new_splits(groups, np.zeros(5, np.int64)).tolist()) == set(SPLITS)


@given(GROUPED)
def test_groups_are_whole_and_no_split_is_empty(grouped):
    groups, labels = grouped
    if len(set(groups.tolist())) < 3:
        with pytest.raises(UserError, match="cannot be split: give more different ones"):
            new_splits(groups, labels)
        return
    split = new_splits(groups, labels)
    assert set(split.tolist()) == set(SPLITS) and is_whole(split, groups)
    assert split.tolist() == new_splits(groups, labels).tolist()


@pytest.mark.parametrize("size", [1, 3, 10])
def test_large_data_is_split_in_shares_and_so_is_each_label(size):
    rng = np.random.default_rng(1)
    groups = np.arange(20_000) // size
    labels = rng.choice(4, 20_000, p=[0.6, 0.3, 0.08, 0.02])[groups * size]
    split = new_splits(groups, labels)
    for rows, near in ((labels >= 0, 0.005), *((labels == label, 0.06) for label in range(4))):
        assert shares(split[rows]) == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=near)


@pytest.mark.parametrize("rows", [2, 3, 5, 9])
def test_labels_of_few_rows_all_train_and_fill_the_other_splits_too(rows):
    labels = np.arange(18_000) // rows
    split = new_splits(np.arange(18_000), labels)
    assert set(labels[split == "train"]) == set(labels.tolist())
    if rows > 2:
        assert shares(split) == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=0.03)
    if rows >= 5:
        assert set(labels[split == "test"]) == set(labels.tolist())


def test_the_largest_group_of_a_label_trains():
    groups, labels = np.array([0] * 70 + [*range(1, 31)] * 2), np.array([0] * 100 + [1] * 30)
    assert set(new_splits(groups, labels)[:70]) == {"train"}


def test_a_table_that_names_all_splits_is_believed():
    names = ["Train", "val", "TEST", "dev", "training", "valid", "validation", "testing", "eval"]
    split = named_splits(names, np.zeros(9, np.int64), np.zeros(9, np.int64))
    t, v, e = "train", "validation", "test"
    assert split.tolist() == [t, v, e, v, t, v, v, e, e]


@given(GROUPED, st.sets(st.sampled_from(SPLITS), min_size=1), st.randoms(use_true_random=False))
def test_splits_that_a_table_lacks_are_taken_from_the_others(grouped, there, random):
    groups, labels = grouped
    names = np.array([random.choice(sorted(there)) for _ in groups])
    there = set(names.tolist())
    source = "train" if "train" in there else min(there, key=("validation", "test").index)
    taken = names == source
    lacking = set(SPLITS) - there
    if lacking and len(set(groups[taken].tolist())) <= len(lacking):
        with pytest.raises(UserError, match="cannot be split"):
            named_splits(names.tolist(), groups, labels)
        return
    split = named_splits(names.tolist(), groups, labels)
    assert set(split.tolist()) == set(SPLITS) and split[~taken].tolist() == names[~taken].tolist()
    assert set(split[taken].tolist()) == {source, *lacking} and is_whole(split[taken], groups[taken])


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"train": 1.0}, {"train": 0.7, "validation": 0.1, "test": 0.2}),
        ({"test": 1.0}, {"train": 0.7, "validation": 0.1, "test": 0.2}),
        ({"dev": 1.0}, {"train": 0.7, "validation": 0.1, "test": 0.2}),
        ({"train": 0.5, "test": 0.5}, {"train": 0.45, "validation": 0.05, "test": 0.5}),
        ({"train": 0.5, "val": 0.5}, {"train": 0.4, "validation": 0.5, "test": 0.1}),
        ({"dev": 0.5, "test": 0.5}, {"train": 0.45, "validation": 0.05, "test": 0.5}),
    ],
)
def test_a_split_that_is_lacking_gets_its_share_of_what_it_is_taken_from(there, expected):
    names = [name for name, share in there.items() for _ in range(int(share * 1000))]
    split = named_splits(names, np.arange(1000), np.arange(1000) % 2)
    assert shares(split) == pytest.approx(expected, abs=0.01)


def test_two_groups_are_enough_for_one_split_that_is_lacking():
    split = named_splits(["train", "train", "test"], np.arange(3), np.zeros(3, np.int64))
    assert set(split.tolist()) == set(SPLITS) and split[2] == "test"


@pytest.mark.parametrize("name", ["0", "fold 1", "x" * 500])
def test_another_name_of_a_split_is_one_sentence(name):
    with pytest.raises(UserError, match="is not known: call splits train, validation and test") as error:
        named_splits(["train", name], np.arange(2), np.arange(2))
    assert len(str(error.value)) < 200


@given(GROUPED, st.integers(1, 6))
def test_folds_keep_groups_whole_and_none_is_empty(grouped, count):
    groups, labels = grouped
    folds = folds_of(groups, labels, count)
    assert is_whole(folds, groups) and set(folds.tolist()) <= set(range(count))
    assert len(set(folds.tolist())) == min(count, len(set(groups.tolist())))
    assert folds.tolist() == folds_of(groups, labels, count).tolist()


def test_folds_share_out_the_labels():
    labels = np.arange(1000) % 3
    folds = folds_of(np.arange(1000), labels, 5)
    counts = Counter(zip(folds.tolist(), labels.tolist(), strict=True)).values()
    assert len(counts) == 15 and max(counts) - min(counts) <= 1
