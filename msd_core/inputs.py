"""What a model is fed: the distinct pictures and texts of a split, or what its frozen parts made of them."""

import hashlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from msd_core.errors import UserError
from msd_core.features import Encode, Keys, features
from msd_core.models.base import Classifier, Features
from msd_core.models.preprocess import as_pixels
from msd_core.pixels import Pixels, read_pixels
from msd_core.tasks import Split
from msd_core.tensors import hash_module
from msd_core.training.events import OnEvent, Stage, ignore

_TEXTS = 512  # encoded at once
_CHUNK = 4096  # texts that are in memory at once where no more need be
_PICTURES = 32  # whose features are written at once
# Numbers of pictures that are encoded at once: on a CPU what its caches hold (49 pictures of 64 pixels, or 4 of 224;
# eight times as many take up to twice as long each), on a card enough to fill it.
_ON_CPU, _ON_CARD = 4 * 3 * 224**2, 512 * 3 * 64**2


@dataclass(frozen=True)
class Inputs:
    """U pictures, and V texts as ids `(V, L)`; or the features of frozen parts, `(U, F)` and `(V, F)`. What `images`
    and `texts` return is on `device`."""

    pictures: Pixels | Features
    tokens: Tensor | Features
    device: torch.device | str = "cpu"

    def images(self, rows: Tensor) -> Tensor | Features:
        """These pictures `(B,)` as `encode` takes them: `(B, 3, S, S)` in [0, 1], or features."""
        if isinstance(self.pictures, Features):
            return self.pictures.gather(rows)
        return as_pixels(self.pictures.gather(rows).to(self.device))

    def texts(self, rows: Tensor) -> Tensor | Features:
        """These texts `(B,)` as `encode` takes them: ids `(B, L)`, or features."""
        return self.tokens.gather(rows) if isinstance(self.tokens, Features) else self.tokens[rows]

    def distinct(
        self, image_of: Tensor, text_of: Tensor
    ) -> tuple[Tensor | Features, Tensor | Features, Tensor, Tensor]:
        """The distinct pictures and texts of B examples, as `images` and `texts` return them, and which of them each
        example has, `(B,)` twice; there may be more texts than pictures."""
        pictures, image_of = image_of.unique(return_inverse=True)
        words, text_of = text_of.unique(return_inverse=True)
        return self.images(pictures), self.texts(words), image_of, text_of

    def image_rows(self) -> Iterator[Tensor]:
        """The indices of all pictures, in batches."""
        size = _TEXTS if isinstance(self.pictures, Features) else _at_once(self.pictures, self.device)
        yield from torch.arange(len(self.pictures)).split(size)

    def text_rows(self) -> Iterator[Tensor]:
        """The indices of all texts, in batches."""
        yield from torch.arange(len(self.tokens)).split(_TEXTS)


def read_inputs(model: Classifier, split: Split, on_event: OnEvent = ignore) -> Inputs:
    """The inputs of a split on the model's device. What a frozen part makes of them is computed once and kept.

    on_event: called with a `Stage` as a frozen part goes on.
    """
    device = _device(model)
    pixels = read_pixels(split.pictures, model.preprocess)
    pictures: Pixels | Features = pixels
    if (part := model.frozen_part("image")) is not None:
        pictures = _picture_features(model, part, split, pixels, device, on_event).to(device)
    if (part := model.frozen_part("text")) is not None:
        return Inputs(pictures, _text_features(model, part, split, on_event).to(device), device)
    return Inputs(pictures, model.tokenize(split.texts).ids.to(device), device)


def text_vectors(model: Classifier, texts: Iterable[str]) -> Iterator[np.ndarray]:
    """What the frozen part for texts of a model makes of them, in their order, float32 `(B, F)` a batch.

    They are taken as they are needed, some thousand at a time, and nothing is kept: there may be more of them than fit
    into memory or on the disk. Raises `UserError` for a model that has no such part.
    """
    part = model.frozen_part("text")
    if part is None:
        raise UserError("This model has no frozen text tower: choose one that has, such as use-effnet.")
    return (_vectors(model, part, chunk) for chunk in chunks(texts))


def text_keys(model: Classifier, texts: Sequence[str]) -> Keys:
    """A hash of each text as the model reads it."""
    return Keys(_digests(model, texts))


def _digests(model: Classifier, texts: Sequence[str]) -> Iterator[bytes]:
    for chunk in chunks(texts):
        for ids in model.tokenize(chunk).ids.cpu().numpy().astype("<i4"):
            yield hashlib.sha256(ids.tobytes().rstrip(b"\0")).digest()  # but for padding


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Some thousand at a time, for what is made of texts and takes more memory than they."""
    source = iter(texts)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _device(model: Classifier) -> torch.device:
    return next(model.parameters()).device


def _picture_features(
    model: Classifier, part: nn.Module, split: Split, pixels: Pixels, device: torch.device, on_event: OnEvent
) -> Features:
    def encode(rows: Sequence[int]) -> np.ndarray:
        with _reading(part):
            pieces = torch.tensor(rows).split(_at_once(pixels, device))
            return np.concatenate(
                [_array(model.image_features(as_pixels(pixels.gather(piece).to(device)))) for piece in pieces]
            )

    key = {"part": hash_module(part), "preprocess": model.preprocess.key}
    return _kept(key, split.pictures.hashes, _PICTURES, encode, "Encoding pictures", on_event, split.place)


def _at_once(pixels: Pixels, device: torch.device | str) -> int:
    numbers = _ON_CPU if torch.device(device).type == "cpu" else _ON_CARD
    return max(1, numbers // pixels.numbers)


def _text_features(model: Classifier, part: nn.Module, split: Split, on_event: OnEvent) -> Features:
    def encode(rows: Sequence[int]) -> np.ndarray:
        return _vectors(model, part, [split.texts[row] for row in rows])

    lengths = np.fromiter(map(len, split.texts), np.int64, len(split.texts))
    return _kept(
        {"part": hash_module(part)},
        text_keys(model, split.texts),
        model.texts_at_once,
        encode,
        "Encoding texts",
        on_event,
        split.place,
        lengths.argsort(kind="stable"),
    )


def _vectors(model: Classifier, part: nn.Module, texts: list[str]) -> np.ndarray:
    """What the frozen part makes of texts, `(B, F)`. Those of like length are read together: a tower need not read on
    where all of a batch have ended."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [order[first : first + model.texts_at_once] for first in range(0, len(texts), model.texts_at_once)]
    device = _device(model)
    with _reading(part):
        ids = (model.tokenize([texts[row] for row in batch]).ids.to(device) for batch in batches)
        made = np.concatenate([_array(model.text_features(each)) for each in ids])
    values = np.empty_like(made)
    values[order] = made
    return values


def _kept(
    key: dict,
    rows: Sequence[str],
    batch: int,
    encode: Encode,
    what: str,
    on_event: OnEvent,
    place: Path | None,
    order: Sequence[int] | np.ndarray | None = None,
) -> Features:
    def report(done: int, of: int) -> None:
        on_event(Stage(f"{what}: {done:,} of {of:,}", of))

    values = features(key, rows, batch, encode, report, place, order)
    return Features(as_tensor(values))


@contextmanager
def _reading(part: nn.Module) -> Iterator[None]:
    """A new part may still be set to train: its BatchNorm would learn, its dropout drop."""
    training = part.training
    part.eval()
    with torch.inference_mode():
        yield
    part.train(training)


def _array(batch: Features) -> np.ndarray:
    return batch.values.float().cpu().numpy()


def fit_features(model: Classifier, inputs: Inputs) -> None:
    """Let a model with frozen parts know what these make of the training split."""
    if isinstance(inputs.pictures, Features):
        model.fit_features("image", map(Features, inputs.pictures.values.split(_TEXTS)), len(inputs.pictures))
    if isinstance(inputs.tokens, Features):
        model.fit_features("text", map(Features, inputs.tokens.values.split(_TEXTS)), len(inputs.tokens))


def as_tensor(values: np.ndarray) -> Tensor:
    """A tensor over memory-mapped values: torch warns that writing to them would fail, and nobody does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(values)
