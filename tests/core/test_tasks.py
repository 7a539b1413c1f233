"""The tasks: splits that share nothing, labels that follow from what is shown, and data that is what it says."""

import shutil
from collections import Counter

import numpy as np
import pytest
import torch

from msd_core import tokenizer
from msd_core.errors import UserError
from msd_core.evaluate import metrics
from msd_core.floors import floors
from msd_core.pictures import letterbox
from msd_core.tasks import EVIDENCE, SPLITS, TASKS, get_task, load_split
from msd_core.tasks.digits import LABELS as DIGIT_LABELS
from msd_core.tasks.digits import keys, statements
from msd_core.tasks.sarcasm import scene


@pytest.mark.parametrize("name", TASKS)
def test_splits_share_no_picture_and_repeat_themselves(name):
    task = get_task(name)
    pictures = [{e.image for e in task.examples(split)} for split in SPLITS]
    assert all(not a & b for i, a in enumerate(pictures) for b in pictures[i + 1 :])
    assert task.examples("validation") == task.examples("validation")


@pytest.mark.parametrize("name", TASKS)
def test_examples_are_well_formed(name):
    task = get_task(name)
    for example in task.examples("validation"):
        labels = example.label if task.multilabel else (example.label,)
        assert len(labels) == (len(task.labels) if task.multilabel else 1)
        assert all(0 <= label < (2 if task.multilabel else len(task.labels)) for label in labels)
        assert set(example.evidence if task.multilabel else [example.evidence]) <= set(EVIDENCE)
        assert example.text == example.text.strip() != ""
    texts = [e.text for e in task.examples("test")]
    assert not any(tokenizer.tokenize(texts).cut), "every bundled text fits the models"


@pytest.mark.parametrize("name", TASKS)
def test_pictures_are_for_people(name):
    task = get_task(name)
    key = task.examples("test")[0].image
    picture = task.picture(key)
    assert picture.mode == "RGB" and max(picture.size) == 256
    assert picture.tobytes() == task.picture(key).tobytes()


def test_all_of_easy_vqa_and_of_the_digits_is_used():
    assert sum(len(get_task("easy-vqa").examples(split)) for split in SPLITS) == 48_248
    assert len({key for split in SPLITS for key in keys(split)}) == 1_797


def test_a_statement_is_labelled_by_perfect_reading():
    for key in keys("validation")[:50]:
        for statement in statements(key):
            for digit in range(10):
                label = DIGIT_LABELS[statement.label(digit)]
                expected = {None: "undetermined", True: "entailed", False: "contradicted"}
                truth = None if statement.true_of is None else digit in statement.true_of
                assert label == expected[truth]
            alone = len({statement.label(digit) for digit in range(10)}) == 1
            assert statement.evidence == ("text" if alone else "both")


def test_sarcasm_is_words_against_facts():
    kinds = Counter()
    for seed in range(300):
        made = scene(seed)
        for remark in made.remarks:
            kinds[remark.evidence] += 1
            if remark.evidence in ("image", "either"):
                assert remark.label == int(not made.sticker.good)
            elif remark.evidence == "both":
                assert made.sticker is None and remark.target in ("weather", "subject")
    assert kinds["both"] > 0.6 * sum(kinds.values()) and set(kinds) == set(EVIDENCE)


def test_generated_labels_are_balanced_and_varied():
    sarcasm, posters = get_task("sarcasm").examples("train"), get_task("posters").examples("train")
    assert abs(np.mean([e.label for e in sarcasm]) - 0.5) < 0.02
    rates = np.mean([e.label for e in posters], axis=0)
    assert ((rates > 0.25) & (rates < 0.55)).all()
    for examples in (sarcasm, posters):
        assert len({e.text for e in examples}) > 0.5 * len(examples)


def test_a_loaded_split_is_its_examples():
    task = get_task("digits")
    split = load_split(task, "validation")
    again = load_split(task, "validation")  # from the files this time
    examples = task.examples("validation")
    assert len(split) == len(examples)
    assert split.fingerprint == again.fingerprint
    for i in (0, 17, len(split) - 1):
        assert split.texts[split.text_of[i]] == examples[i].text
        assert split.keys[split.image_of[i]] == examples[i].image
        assert int(split.labels[i]) == examples[i].label
        assert split.evidence[i] == examples[i].evidence
        assert (split.images[split.image_of[i]] == letterbox(task.picture(examples[i].image))).all()


@pytest.mark.parametrize("damage", ["truncate", "remove", "empty"])
def test_a_damaged_split_is_made_anew(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    right = load_split(get_task("digits"), "validation").fingerprint
    (folder,) = tmp_path.glob("tasks/*/validation")
    if damage == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
    for arrow in folder.rglob("*.arrow"):
        arrow.write_bytes(arrow.read_bytes()[:1000]) if damage == "truncate" else arrow.unlink()
    assert load_split(get_task("digits"), "validation").fingerprint == right


def test_smaller_takes_nest_in_larger_and_change_the_fingerprint():
    split = load_split(get_task("digits"), "validation")
    small, large = split.take(50), split.take(200)

    def pairs(part):
        return {(int(part.keys[i]), part.texts[t]) for i, t in zip(part.image_of, part.text_of, strict=True)}

    assert len(small) == 50 and pairs(small) <= pairs(large) <= pairs(split)
    assert len({small.fingerprint, large.fingerprint, split.fingerprint}) == 3
    assert split.take(10**9) is split


def test_the_text_floor_of_easy_vqa_is_what_its_questions_allow():
    task = get_task("easy-vqa")
    train, test = load_split(task, "train"), load_split(task, "test")
    found = floors(task, train, test)
    assert found["majority"] == pytest.approx(0.3733, abs=0.01)
    assert 0.64 < found["text"] < 0.70


def test_an_unknown_task_names_those_there_are():
    with pytest.raises(UserError, match="easy-vqa, digits, sarcasm, posters"):
        get_task("imagenet")


def test_metrics_by_task():
    labels = torch.tensor([0, 1, 1, 0])
    assert metrics(get_task("sarcasm"), torch.tensor([[2.0, 1], [0, 3], [1, 0], [5, 0]]), labels) == {
        "accuracy": 0.75, "auroc": 0.875,
    }  # fmt: skip
    posters = get_task("posters")
    perfect = torch.randint(0, 2, (20, 8)).float()
    assert metrics(posters, perfect * 2 - 1, perfect) == {"macro_f1": 1.0, "micro_f1": 1.0}


@pytest.mark.parametrize("text", ["", " ", "naïve 日本語 🙂 مرحبا", "\u0000\ud7ff", "x" * 100_000, "ÅÅ", "\n\t"])
def test_any_text_has_tokens(text):
    tokens = tokenizer.tokenize([text, "plain words"])
    assert tokens.ids.shape[0] == 2 and tokens.ids.shape[1] <= tokenizer.LENGTH
    assert int(tokens.ids.max()) < tokenizer.VOCABULARY
    assert tokens.cut == (len(text) > 10_000, False)


def test_bytes_keep_what_words_do_not_know():
    for text in ("日本語", "🙂", "مرحبا"):
        encoding = tokenizer.load().encode(text)
        assert tokenizer.load().decode(encoding.ids).strip() == text
