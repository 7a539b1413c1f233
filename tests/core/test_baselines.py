"""What a guess without the picture scores: the commonest label, and the best that a text allows."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from msd_core.baselines import BASELINES, baselines
from msd_core.tasks import Split, load_split, load_task
from tests.tiny import tiny_split


def of_texts(texts: list[str], labels: list) -> Split:
    """A split of so many examples, all of one picture."""
    distinct = list(dict.fromkeys(texts))
    return replace(
        tiny_split().gather(torch.zeros(len(texts), dtype=torch.long)),
        texts=distinct,
        text_of=torch.tensor([distinct.index(text) for text in texts]),
        labels=torch.tensor(labels),
    )


def test_the_text_only_baseline_of_easy_vqa_is_what_its_questions_allow(easy_vqa):
    scores = baselines(easy_vqa, train=load_split(easy_vqa, "train"), test=load_split(easy_vqa, "test"))
    assert set(scores) == set(BASELINES)
    assert scores["majority"] == pytest.approx(0.3733, abs=0.01)
    assert 0.64 < scores["text_only"] < 0.70


def test_a_known_text_is_answered_by_its_commonest_label(fifth):
    train = of_texts(["a b"] * 3 + ["c d"] * 3, [1, 1, 0, 0, 0, 1])
    test = of_texts(["a b", "a b", "c d", "c d"], [1, 1, 0, 1])
    assert baselines(fifth, train=train, test=test) == {"majority": 0.25, "text_only": 0.75}


def test_a_new_text_is_answered_by_its_words(fifth):
    train = of_texts([f"{word} thing {i}" for i in range(20) for word in ("red", "blue")], [1, 0] * 20)
    test = of_texts(["a red one", "the blue one"], [1, 0])
    assert baselines(fifth, train=train, test=test)["text_only"] == 1


@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 1]])
def test_without_words_or_with_one_label_it_is_the_majority(fifth, labels):
    train, test = of_texts(["x", "y", "z"], labels), of_texts(["new", "text"], [1, 0])
    assert baselines(fifth, train=train, test=test) == {"majority": 0.5, "text_only": 0.5}


def test_many_labels_are_guessed_each_by_itself():
    task = replace(load_task("posters"), labels=("a", "b"))
    texts = [f"{one} {other}" for one in ("red", "dull") for other in ("big", "tiny")] * 5
    labels = [[float("red" in text), float("big" in text)] for text in texts]
    train, test = of_texts([f"{t} {i}" for i, t in enumerate(texts)], labels), of_texts(texts[:4], labels[:4])
    scores = baselines(task, train=train, test=test)
    assert scores["text_only"] == 1 and scores["majority"] < 1
    assert np.isfinite(scores["majority"])
