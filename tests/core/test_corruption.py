"""Labels made wrong and texts misread: as often as said, the same every time, and only where they should be."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.config import Config
from msd_core.corruption import misread, noisy_labels
from msd_core.setup import prepare

QUICK = {"task": "digits", "student": "student-tiny", "epochs": 1, "train_size": 400}


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_wrong_labels_are_labels_and_as_many_as_said(share, seed):
    labels = torch.arange(2000) % 7
    noisy = noisy_labels(labels, 7, share, seed)
    assert noisy.min() >= 0 and noisy.max() < 7
    assert float((noisy != labels).float().mean()) == pytest.approx(share, abs=0.06)
    assert torch.equal(noisy, noisy_labels(labels, 7, share, seed))


def test_every_other_label_is_as_likely():
    wrong = noisy_labels(torch.zeros(30_000, dtype=torch.int64), 4, 1.0, 0)
    assert (torch.bincount(wrong, minlength=4) / 30_000).tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3], abs=0.02)


def test_of_several_labels_each_is_flipped_by_itself():
    labels = (torch.rand(5000, 6) < 0.2).float()
    noisy = noisy_labels(labels, 6, 0.3, 1)
    assert set(noisy.unique().tolist()) == {0.0, 1.0}
    assert float((noisy != labels).float().mean()) == pytest.approx(0.3, abs=0.02)


def test_misreading_changes_words_and_nothing_else(tiny_split):
    read = misread(tiny_split, 0.5, seed=3)
    assert torch.equal(read.image_of, tiny_split.image_of) and torch.equal(read.labels, tiny_split.labels)
    before = [tiny_split.texts[i] for i in tiny_split.text_of]
    after = [read.texts[i] for i in read.text_of]
    assert len(set(read.texts)) == len(read.texts) and set(read.text_of.tolist()) == set(range(len(read.texts)))
    assert sum(a != b for a, b in zip(after, before, strict=True)) > 0
    assert all(len(a.split()) <= len(b.split()) for a, b in zip(after, before, strict=True))
    assert [read.texts[i] for i in misread(tiny_split, 0.5, seed=3).text_of] == [read.texts[i] for i in read.text_of]
    same = misread(tiny_split, 0.0, seed=3)
    assert [same.texts[i] for i in same.text_of] == before


def test_one_word_in_so_many_is_misread_in_one_of_three_ways(tiny_split):
    """Texts of one word, so that what became of it can be told."""
    split = replace(tiny_split, texts=[text.split()[3] for text in tiny_split.texts])
    dropped = swapped = misspelt = same = 0
    for seed in range(100):
        read = misread(split, 0.3, seed)
        for i in range(len(split)):
            before, after = split.texts[split.text_of[i]], read.texts[read.text_of[i]]
            dropped, same = dropped + (after == ""), same + (after == before)
            swapped += after in split.texts and after != before
            misspelt += after not in (*split.texts, "")
    total = dropped + swapped + misspelt + same
    assert total == 4000 and 1 - same / total == pytest.approx(0.3, abs=0.02)
    assert [dropped / total, swapped / total, misspelt / total] == pytest.approx([0.1] * 3, abs=0.02)


def test_the_teacher_reads_the_clean_text_and_the_student_trains_on_wrong_labels_only():
    clean, hard = prepare(Config(**QUICK)), prepare(Config(**QUICK, corrupt_text=0.5, label_noise=0.5))
    for split in ("train", "validation", "test"):
        assert torch.equal(clean.targets[split], hard.targets[split])
        assert clean.splits[split].texts != hard.splits[split].texts
        same_labels = torch.equal(clean.splits[split].labels, hard.splits[split].labels)
        assert same_labels == (split != "train")


def test_every_arm_of_a_seed_meets_the_same_noise():
    hard = {**QUICK, "withhold": True, "label_noise": 0.4, "corrupt_text": 0.3, "seed": 3}
    plain, learned = (prepare(Config(**hard, weighting=w)).splits for w in ("instance", "learned"))
    assert {name: split.fingerprint for name, split in plain.items()} == {
        name: split.fingerprint for name, split in learned.items() if name != "meta"
    }


def test_shuffled_controls_keep_the_budget_and_break_the_pairing():
    plain, weights, targets = (prepare(Config(**QUICK, shuffle=s)) for s in ("nothing", "weights", "targets"))
    assert not torch.equal(plain.weights, weights.weights)
    torch.testing.assert_close(plain.weights.sort(0).values, weights.weights.sort(0).values)
    assert torch.equal(plain.weights, targets.weights)
    both, alone = (plain.targets["train"][:, s] for s in (slice(0, 1), slice(1, 4)))
    assert torch.equal(both, targets.targets["train"][:, :1])
    assert not torch.equal(alone, targets.targets["train"][:, 1:])
    torch.testing.assert_close(alone.sum(0), targets.targets["train"][:, 1:].sum(0), rtol=1e-4, atol=1e-2)
    assert torch.equal(plain.targets["test"], targets.targets["test"]), "only what it trains on"
