"""Harder conditions for a student: labels that are wrong, texts that are misread."""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex
import torch
from torch import Tensor

from msd_core.models.base import Classifier
from msd_core.tasks import SPLITS, Split
from msd_core.training.config import Config
from msd_core.training.versions import VERSIONS, VariedInputs, varied_inputs
from msd_core.writing import UNSPACED

TRAINED = ("train", "meta")  # the splits that come out of the training split
_DRAWN = (*SPLITS, "meta")  # those that labels and texts may be made worse in
_WORD = regex.compile(rf"[{UNSPACED}]\p{{M}}*|[^\s{UNSPACED}]+")


def noisy_labels(labels: Tensor, classes: int, share: float, seed: int) -> Tensor:
    """Labels of which each is, with probability `share`, another one: of `(N,)` class indices any other class, each as
    likely; of `(N, C)` 0 and 1 the other value, label by label."""
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.rand(labels.shape, generator=generator) < share
    if labels.ndim == 2:
        return torch.where(wrong, 1 - labels, labels)
    other = (labels + torch.randint(1, classes, labels.shape, generator=generator)) % classes
    return torch.where(wrong, other, labels)


def as_student_reads(config: Config, splits: dict[str, Split], classes: int) -> dict[str, Split]:
    """The splits of a run, by name, with noise in the labels where it is trained and texts misread everywhere."""
    worse = dict(splits)
    for name, split in splits.items():
        seed = len(_DRAWN) * config.seed + _DRAWN.index(name)  # of no split that another arm of the seed may lack
        if config.label_noise and name in TRAINED:
            labels = noisy_labels(split.labels, classes, config.label_noise, seed)
            worse[name] = split = replace(split, labels=labels)
        if config.corrupt_text:
            worse[name] = misread(split, config.corrupt_text, seed)
    return worse


def misread(split: Split, share: float, seed: int | tuple[int, ...]) -> Split:
    """The same examples with texts of which each was misread on its own, as `misread_texts` does."""
    rows = split.text_of.tolist()
    languages = [""] * len(rows) if split.language is None else split.language.tolist()
    texts = misread_texts([split.texts[i] for i in rows], languages, share, seed)
    distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return replace(split, texts=list(distinct), text_of=torch.tensor([distinct[text] for text in texts]))


def noisy_inputs(model: Classifier, split: Split, share: float, seed: int) -> VariedInputs:
    """What a student reads that misreads a share of words each time anew, while its teacher reads the clean text: the
    noise of Xie et al. 2020, "Self-training with Noisy Student", arXiv:1911.04252, on texts."""
    texts = [text for text in split.texts for _ in range(VERSIONS)]
    languages = [language for language in split.languages_of_texts for _ in range(VERSIONS)]
    return varied_inputs(model, split, misread_texts(texts, languages, share, (2, seed)))


def as_read(everything: Split, config: Config) -> Split:
    """The training split in every language as the student reads it without labels: each of the V texts misread once,
    however many examples have it."""
    if not config.corrupt_text:
        return everything
    texts = misread_texts(everything.texts, everything.languages_of_texts, config.corrupt_text, (1, config.seed))
    return replace(everything, texts=texts)


def misread_texts(
    texts: Sequence[str], languages: Sequence[str], share: float, seed: int | tuple[int, ...]
) -> list[str]:
    """Texts in which each word is misread with probability `share`; of scripts without blanks each character.

    It is then dropped, replaced by another word of its language, or misspelt in one letter, each as likely. The new
    letter is another one of the same script, as the texts of that language have it; where they have none, the letter
    is left out. languages: of each text, empty where it is not known.
    """
    draw = np.random.default_rng(seed)
    pairs = [*zip(texts, languages, strict=True)]
    words_of = {
        language: _Words.of(text for text, of in dict.fromkeys(pairs) if of == language) for language in {*languages}
    }
    return [_misread(text, words_of[language], share, draw) for text, language in pairs]


@dataclass(frozen=True)
class _Words:
    """The words of a language, sorted, and its letters by `_kind`, each sorted too."""

    words: list[str]
    letters: dict[tuple[str, str], list[str]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "_Words":
        words = sorted({word for text in texts for word in _WORD.findall(text)})
        letters: dict[tuple[str, str], list[str]] = {}
        for letter in sorted({letter for word in words for letter in word}):
            letters.setdefault(_kind(letter), []).append(letter)
        return cls(words, letters)


def _kind(letter: str) -> tuple[str, str]:
    """The script of a letter, as its name begins (LATIN, CJK, HIRAGANA), and its category (small, capital, ...)."""
    return unicodedata.name(letter, "").partition(" ")[0], unicodedata.category(letter)


def _misread(text: str, known: _Words, share: float, draw: np.random.Generator) -> str:
    kept = []
    for run in text.split():  # of words, with no blank between
        words = _WORD.findall(run)
        for i, word in enumerate(words):
            if draw.random() < share:
                words[i] = (_drop, _replace, _misspell)[draw.integers(3)](word, known, draw)
        kept.append("".join(words))
    return " ".join(run for run in kept if run)


def _drop(word: str, known: _Words, draw: np.random.Generator) -> str:
    return ""


def _replace(word: str, known: _Words, draw: np.random.Generator) -> str:
    return _other(known.words, word, draw)


def _misspell(word: str, known: _Words, draw: np.random.Generator) -> str:
    place = draw.integers(len(word))
    letter = word[place]
    return word[:place] + _other(known.letters[_kind(letter)], letter, draw) + word[place + 1 :]


def _other(among: Sequence[str], than: str, draw: np.random.Generator) -> str:
    """One of these but this, each as likely; `among` is sorted and has it. Nothing where there is no other."""
    if len(among) == 1:
        return ""
    drawn = int(draw.integers(len(among) - 1))
    return among[drawn + (drawn >= bisect_left(among, than))]
