"""What a model is fed: the distinct pictures and texts of a split on its device, or what frozen towers said of them."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from msd_core.cache import cached_array
from msd_core.models.base import Features
from msd_core.models.files import hash_state
from msd_core.models.two_tower import TwoTower
from msd_core.tasks import Split

_BATCH = 512  # pictures or texts at once when a whole split is encoded


@dataclass(frozen=True)
class Inputs:
    """U pictures, uint8 `(U, S, S, 3)`, and V texts, ids `(V, L)`; or the features of frozen towers, `(U, F)`."""

    pictures: Tensor | Features
    words: Tensor | Features

    def images(self, rows: Tensor) -> Tensor | Features:
        """These pictures as `encode` takes them."""
        if isinstance(self.pictures, Features):
            return Features(self.pictures.values[rows])
        return as_pixels(self.pictures[rows])

    def texts(self, rows: Tensor) -> Tensor | Features:
        """These texts as `encode` takes them."""
        return Features(self.words.values[rows]) if isinstance(self.words, Features) else self.words[rows]

    def image_rows(self) -> Iterator[Tensor]:
        """The indices of all pictures, in batches."""
        yield from _batches(self.pictures)

    def text_rows(self) -> Iterator[Tensor]:
        """The indices of all texts, in batches."""
        yield from _batches(self.words)


def _batches(values: Tensor | Features) -> tuple[Tensor, ...]:
    values = values.values if isinstance(values, Features) else values
    return torch.arange(len(values), device=values.device).split(_BATCH)


def as_pixels(images: Tensor) -> Tensor:
    """uint8 `(B, S, S, 3)` to float `(B, 3, S, S)` in [0, 1], channels last in memory."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def read_inputs(model: TwoTower, split: Split) -> Inputs:
    """The inputs of a split on the model's device. What a frozen tower says of them is computed once and cached."""
    device = next(model.parameters()).device
    inputs = Inputs(_read_only(split.images).to(device), model.tokenize(split.texts).ids.to(device))
    pictures, words = inputs.pictures, inputs.words
    if _frozen(model.image_tower):
        pictures = _features(
            model.image_tower, inputs.image_rows(), lambda r: model.image_features(inputs.images(r)), pictures
        )
    if _frozen(model.text_tower):
        words = _features(model.text_tower, inputs.text_rows(), lambda r: model.text_features(inputs.texts(r)), words)
    return Inputs(pictures, words)


def _read_only(values: np.ndarray) -> Tensor:
    """A tensor over memory-mapped values: torch warns that writing to them would fail, and nobody does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(values)


def _frozen(tower: torch.nn.Module) -> bool:
    return not any(p.requires_grad for p in tower.parameters())


@torch.inference_mode()
def _features(tower: torch.nn.Module, batches: Iterator[Tensor], encode, values: Tensor) -> Features:
    key = {"tower": hash_state(tower.state_dict()), "values": hash_state({"values": values})}
    training = tower.training
    tower.eval()  # a new one may still be set to train: its BatchNorm would learn, its dropout drop
    kept = cached_array(key, lambda: torch.cat([encode(rows).values.float().cpu() for rows in batches]).numpy())
    tower.train(training)
    return Features(_read_only(kept).to(values.device))
