"""The tokenizer that ships: byte-level BPE, so any Unicode text has tokens and nothing is "unknown"."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

VOCABULARY = 2048  # rows of an embedding table, the larger part of a small student
LENGTH = 48  # tokens; the longest bundled text fits
FILE = Path(__file__).parent / "bundled" / "tokenizer.json"


@dataclass(frozen=True)
class Tokens:
    """Token ids `(B, L)`, 0 where padded, and for each text whether its end was cut off."""

    ids: torch.Tensor
    cut: tuple[bool, ...]


@cache
def load() -> Tokenizer:
    """The shipped tokenizer."""
    return Tokenizer.from_file(str(FILE))


def tokenize(texts: list[str]) -> Tokens:
    """Tokens of each text, lower-cased and NFC-normalised, at most `LENGTH`; an empty text has one padding token."""
    rows = load().encode_batch(texts)
    ids = torch.zeros(len(rows), max([1, *(min(len(row), LENGTH) for row in rows)]), dtype=torch.long)
    for i, row in enumerate(rows):
        kept = row.ids[:LENGTH]
        ids[i, : len(kept)] = torch.tensor(kept, dtype=torch.long)
    return Tokens(ids, tuple(len(row) > LENGTH for row in rows))


def spans(text: str) -> list[tuple[int, int]]:
    """The characters `[start, end)` of the text that each of its tokens stands for, in the order of `tokenize`."""
    return load().encode(text).offsets[:LENGTH] or [(0, 0)]


def train(texts: list[str]) -> None:
    """Make the shipped tokenizer anew from these texts (`python -m msd_core bundle` does)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>"],  # id 0
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    FILE.parent.mkdir(exist_ok=True)
    tokenizer.save(str(FILE))
