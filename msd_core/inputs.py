"""What a model is fed: the distinct pictures and texts of a split, or what its frozen parts made of them."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from msd_core.cache import cached_array
from msd_core.models.base import Classifier, Features
from msd_core.models.preprocess import as_pixels
from msd_core.pixels import Pixels, read_pixels
from msd_core.tasks import Split
from msd_core.tensors import hash_state, join

_TEXTS = 512  # encoded at once
_COLOURS = 512 * 3 * 64**2  # numbers of pictures that are encoded at once: larger pictures come in smaller batches


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

    def image_rows(self) -> Iterator[Tensor]:
        """The indices of all pictures, in batches."""
        size = _TEXTS if isinstance(self.pictures, Features) else max(1, _COLOURS // self.pictures.numbers)
        yield from torch.arange(len(self.pictures)).split(size)

    def text_rows(self) -> Iterator[Tensor]:
        """The indices of all texts, in batches."""
        yield from torch.arange(len(self.tokens)).split(_TEXTS)


def read_inputs(model: Classifier, split: Split) -> Inputs:
    """The inputs of a split on the model's device. What a frozen part makes of them is computed once and cached."""
    device = next(model.parameters()).device
    pixels, tokens = read_pixels(split.pictures, model.preprocess), model.tokenize(split.texts).ids.to(device)
    inputs = Inputs(pixels, tokens, device)
    pictures: Pixels | Features = pixels
    words: Tensor | Features = tokens
    if (part := model.frozen_part("image")) is not None:
        key = {"pictures": split.pictures.fingerprint, "preprocess": model.preprocess.key}
        encoded = (model.image_features(as_pixels(pixels.gather(rows).to(device))) for rows in inputs.image_rows())
        pictures = _features(key, part, encoded, len(pixels)).to(device)
    if (part := model.frozen_part("text")) is not None:
        key = {"tokens": hash_state({"ids": tokens})}
        words = _features(key, part, _text_features(model, split.texts, tokens), len(tokens)).to(device)
    return Inputs(pictures, words, device)


def _text_features(model: Classifier, texts: list[str], tokens: Tensor) -> Iterator[Features]:
    """Of all texts, whose ids are `(V, L)`. Texts of like length are read together: a tower need not read on where all
    of a batch have ended."""
    order = torch.tensor([len(text) for text in texts]).argsort(stable=True)
    read = join((model.text_features(tokens[rows]).values for rows in order.split(_TEXTS)), len(tokens))
    yield from map(Features, read[order.argsort()].split(_TEXTS))


@torch.inference_mode()
def _features(key: dict, part: nn.Module, batches: Iterator[Features], length: int) -> Features:
    """What a frozen part makes of all rows, from the cache or batch by batch; on the CPU."""
    training = part.training
    part.eval()  # a new one may still be set to train: its BatchNorm would learn, its dropout drop
    kept = cached_array(
        {"part": hash_state(part.state_dict()), **key},
        lambda: join((batch.values.float().cpu() for batch in batches), length).numpy(),
    )
    part.train(training)
    return Features(as_tensor(kept))


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
