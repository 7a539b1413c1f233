"""A small text tower for any script: words as bags of hashed character n-grams.

Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information", arXiv:1607.04606.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

import regex
import torch
from torch import Tensor, nn

from msd_core.models.base import Sequence
from msd_core.models.tokenizer import Tokens
from msd_core.models.towers import TextTower
from msd_core.writing import UNSPACED

_SIZES = (3, 4, 5)  # characters of a gram, the blanks around a word among them
_LETTER = r"\p{L}\p{M}\p{N}"
_RUN = regex.compile(
    rf"(?P<character>[{UNSPACED}]\p{{M}}*)|(?P<word>(?:(?![{UNSPACED}])[{_LETTER}])+)|(?P<sign>[^\s{_LETTER}])"
)

_UNSEEN = ("Cf", "Cc", "Cn", "Cs", "Co")  # categories: formats and controls, and code points without a meaning

Gram = tuple[int, int, int]  # its number, and the characters `[start, end)` that it stands for


class GramTower(TextTower):
    """Grams: the mean of their embeddings, beside what a layer makes of it.

    buckets: rows of the table, which grams are hashed to. dropout: share of a text's grams that are left out as it
    learns, so that it does not learn whole names by heart. length: grams that it reads.
    """

    def __init__(self, buckets: int, width: int, hidden: int, dropout: float = 0.3, length: int = 256):
        super().__init__()
        self.buckets, self.length, self.features = buckets, length, width + hidden
        self.dropout = dropout
        self.embedding = nn.Embedding(1 + buckets, width, padding_idx=0)
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.ReLU())

    def tokenize(self, texts: list[str]) -> Tokens:
        rows = [grams(text, self.buckets) for text in texts]
        ids = torch.zeros(len(rows), max([1, *(min(len(row), self.length) for row in rows)]), dtype=torch.long)
        for i, row in enumerate(rows):
            kept = [number for number, _, _ in row[: self.length]]
            ids[i, : len(kept)] = torch.tensor(kept, dtype=torch.long)
        return Tokens(ids, tuple(len(row) > self.length for row in rows))

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(start, end) for _, start, end in grams(text, self.buckets)[: self.length]] or [(0, 0)]

    def embed(self, tokens: Tensor) -> Sequence:
        return Sequence(self.embedding(tokens), tokens != 0)

    def forward(self, text: Sequence) -> Tensor:
        mean = (self._thinned(text) if self.training else text).mean()
        return torch.cat([mean, self.layers(mean)], dim=1)

    def _thinned(self, text: Sequence) -> Sequence:
        """Without some of its grams, but never without all."""
        kept = text.mask & (torch.rand(text.mask.shape, device=text.mask.device) >= self.dropout)
        return Sequence(text.values, torch.where(kept.any(1, keepdim=True), kept, text.mask))


@lru_cache(maxsize=100_000)
def grams(text: str, buckets: int) -> tuple[Gram, ...]:
    """The grams of a text in the order of its words, numbered 1 to `buckets`.

    Of a word the whole and all runs of three to five characters, its ends counted as one each; of a script without
    blanks between words each character and each two in a row; of all else each sign. Upper and lower case, and ways to
    compose a letter, are alike.
    """
    letters, places = _normalised(text)
    found: list[Gram] = []
    before = None  # the character right before, where that is of a script without blanks
    for run in _RUN.finditer(letters):
        parts = _of_word(run[0]) if run.lastgroup == "word" else [(run[0], 0, len(run[0]))]
        if run.lastgroup == "character":
            if before is not None and before.end() == run.start():
                parts.append((before[0] + run[0], before.start() - run.start(), len(run[0])))
            before = run
        for gram, start, end in parts:
            number, covered = 1 + crc32(gram.encode()) % buckets, places[run.start() + start : run.start() + end]
            found.append((number, min(covered), max(covered) + 1))
    return tuple(found)


def _normalised(text: str) -> tuple[str, list[int]]:
    """The text in small letters, taken apart as far as Unicode says, without signs that nobody sees; and where in the
    text each of its characters comes from."""
    letters = _marks_ordered((part, place) for place, sign in enumerate(text) for part in _canonical(sign))
    folded = _marks_ordered((part, place) for letter, place in letters for part in _folded(letter))
    return "".join(part for part, _ in folded), [place for _, place in folded]


def _marks_ordered(signs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Signs and their places, the marks of each letter in Unicode's canonical order: else ways to write it differ."""
    letter, keyed = 0, []
    for sign in signs:
        order = unicodedata.combining(sign[0])  # 0 for what is no mark
        letter += order == 0
        keyed.append((letter, order, sign))
    return [sign for *_, sign in sorted(keyed, key=lambda each: each[:2])]


@lru_cache(maxsize=10_000)
def _canonical(sign: str) -> str:
    return unicodedata.normalize("NFD", sign)


@lru_cache(maxsize=10_000)
def _folded(sign: str) -> str:
    if unicodedata.category(sign) in _UNSEEN and not sign.isspace():
        return ""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())


def _of_word(word: str) -> list[tuple[str, int, int]]:
    """The grams of a word, and its characters `[start, end)` that each stands for."""
    marked = f"<{word}>"
    sizes = {*(size for size in _SIZES if size < len(marked)), len(marked)}
    return [
        (marked[first : first + size], max(0, first - 1), min(len(word), first + size - 1))
        for size in sorted(sizes)
        for first in range(len(marked) - size + 1)
    ]
