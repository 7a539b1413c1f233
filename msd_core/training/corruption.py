"""Harder conditions for a student: labels that are wrong, texts that are misread."""

import string
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from msd_core.tasks import Split


def noisy_labels(labels: Tensor, classes: int, share: float, seed: int) -> Tensor:
    """Labels of which each is, with probability `share`, another one: of `(N,)` class indices any other class, each as
    likely; of `(N, C)` 0 and 1 the other value, label by label."""
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.rand(labels.shape, generator=generator) < share
    if labels.ndim == 2:
        return torch.where(wrong, 1 - labels, labels)
    other = (labels + torch.randint(1, classes, labels.shape, generator=generator)) % classes
    return torch.where(wrong, other, labels)


def misread(split: Split, share: float, seed: int) -> Split:
    """The same examples with texts in which each word is misread with probability `share`.

    It is then dropped, replaced by another word of the split, or misspelt in one letter, each as likely. Every example
    is misread on its own.
    """
    draw = np.random.default_rng(seed)
    words = sorted({word for text in split.texts for word in text.split()})
    texts = [_misread(split.texts[i].split(), words, share, draw) for i in split.text_of.tolist()]
    distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return replace(split, texts=list(distinct), text_of=torch.tensor([distinct[text] for text in texts]))


def _misread(text: list[str], words: list[str], share: float, draw: np.random.Generator) -> str:
    kept = []
    for word in text:
        if draw.random() < share:
            word = (_drop, _replace, _misspell)[draw.integers(3)](word, words, draw)
        kept.append(word)
    return " ".join(word for word in kept if word)


def _drop(word: str, words: list[str], draw: np.random.Generator) -> str:
    return ""


def _replace(word: str, words: list[str], draw: np.random.Generator) -> str:
    return _other(words, word, draw)


def _misspell(word: str, words: list[str], draw: np.random.Generator) -> str:
    place = draw.integers(len(word))
    return word[:place] + _other(string.ascii_lowercase, word[place], draw) + word[place + 1 :]


def _other(among: Sequence[str], than: str, draw: np.random.Generator) -> str:
    """One of these but this, each as likely; `among` is sorted. Nothing where there is no other."""
    place = bisect_left(among, than)
    known = place < len(among) and among[place] == than
    if len(among) == known:
        return ""
    drawn = int(draw.integers(len(among) - known))
    return among[drawn + (known and drawn >= place)]
