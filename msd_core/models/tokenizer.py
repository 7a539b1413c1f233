"""Tokens of small models: the tokenizer that ships, byte-level BPE, so any Unicode text has tokens and nothing is
"unknown"; and the WordPiece of a pretrained model, cut to the words that a task uses."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

VOCABULARY = 2048  # rows of an embedding table, the larger part of a small student
LENGTH = 48  # tokens; the longest bundled text fits
_PADDING, _UNKNOWN = "[PAD]", "[UNK]"  # of a WordPiece
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


def word_pieces(vocabulary: list[str]) -> Tokenizer:
    """BERT's tokenizer, uncased, of only these tokens, of which the first pads and `[UNK]` stands for all that they
    cannot spell (Wu et al. 2016, arXiv:1609.08144)."""
    ids = {token: i for i, token in enumerate(vocabulary)}
    cut = Tokenizer(models.WordPiece(ids, unk_token=_UNKNOWN))
    cut.normalizer = normalizers.BertNormalizer(lowercase=True)
    cut.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return cut


def vocabulary_of(texts: list[str], file: Path) -> list[str]:
    """The tokens of a WordPiece `tokenizer.json` that these texts use, its order kept, after padding and unknown."""
    whole = Tokenizer.from_file(str(file))
    whole.encode_special_tokens = True
    whole.no_truncation()
    used = {i for row in whole.encode_batch(texts, add_special_tokens=False) for i in row.ids}
    tokens = [whole.id_to_token(i) for i in sorted(used)]
    return [_PADDING, _UNKNOWN, *(token for token in tokens if token and token not in (_PADDING, _UNKNOWN))]


def tokenize(texts: list[str], tokenizer: Tokenizer | None = None) -> Tokens:
    """Tokens of each text, lower-cased and NFC-normalised, at most `LENGTH`, 0 where padded; an empty text has one
    padding token. tokenizer: the one that ships, if none is given."""
    rows = (tokenizer or load()).encode_batch(texts)
    ids = torch.zeros(len(rows), max([1, *(min(len(row), LENGTH) for row in rows)]), dtype=torch.long)
    for i, row in enumerate(rows):
        kept = row.ids[:LENGTH]
        ids[i, : len(kept)] = torch.tensor(kept, dtype=torch.long)
    return Tokens(ids, tuple(len(row) > LENGTH for row in rows))


def spans(text: str, tokenizer: Tokenizer | None = None) -> list[tuple[int, int]]:
    """The characters `[start, end)` of the text that each of its tokens stands for, in the order of `tokenize`."""
    return (tokenizer or load()).encode(text).offsets[:LENGTH] or [(0, 0)]
