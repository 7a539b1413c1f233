"""The tokenizer that ships: byte-level BPE, so any Unicode text has tokens and nothing is "unknown"."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer

VOCABULARY = 2048  # rows of an embedding table, the larger part of a small student
LENGTH = 48  # tokens; the longest bundled text fits
FILE = Path(__file__).parent.parent / "bundled" / "tokenizer.json"


@dataclass(frozen=True)
class Tokens:
    """Token ids `(B, L)`, padded at the end, and for each text whether its end was cut off."""

    ids: torch.Tensor
    truncated: tuple[bool, ...]


@cache
def load() -> Tokenizer:
    """The shipped tokenizer. What a text says is text: `<pad>` in it is five characters, and no padding."""
    tokenizer = Tokenizer.from_file(str(FILE))
    tokenizer.encode_special_tokens = True
    return tokenizer


def tokenize(texts: list[str]) -> Tokens:
    """Tokens of each text, lower-cased and NFC-normalised, at most `LENGTH`, 0 where padded; an empty text has one
    padding token."""
    rows = load().encode_batch(texts)
    ids = torch.zeros(len(rows), max([1, *(min(len(row), LENGTH) for row in rows)]), dtype=torch.long)
    for i, row in enumerate(rows):
        kept = row.ids[:LENGTH]
        ids[i, : len(kept)] = torch.tensor(kept, dtype=torch.long)
    return Tokens(ids, tuple(len(row) > LENGTH for row in rows))


def spans(text: str) -> list[tuple[int, int]]:
    """The characters `[start, end)` of the text that each of its tokens stands for, in the order of `tokenize`."""
    return load().encode(text).offsets[:LENGTH] or [(0, 0)]
