"""What a tower is, and small towers of our own, for jobs of seconds on two CPU cores. No BatchNorm.

A tower turns one modality of a batch into features `(B, features)`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.models import tokenizer
from msd_core.models.base import Sequence
from msd_core.models.preprocess import Preprocess


class Tower(nn.Module):
    """What is common to both kinds: a tower may be frozen from its start up to some layer. What that front makes of a
    batch is kept, so that it need not run again; the rest of the tower learns."""

    features: int

    @property
    def frozen_part(self) -> nn.Module | None:
        """The part that does not learn; None where all of it does."""
        return None if any(p.requires_grad for p in self.parameters()) else self

    def front(self, batch: Any) -> Tensor:
        """What the frozen part makes of a batch, `(B, F)`; the tower's features where all or nothing is frozen."""
        return self(batch)

    def rest(self, values: Tensor) -> Tensor:
        """From there to the features, `(B, features)`."""
        return values

    def unfreeze(self, layers: int) -> None:
        """Let the last so many layers of a frozen tower learn. Raises `UserError` where it has no such layers."""
        if layers:
            raise UserError("This model has no pretrained layers that could be fine-tuned: leave unfreeze at 0.")


class ImageTower(Tower):
    """Pictures `(B, 3, S, S)` in [0, 1], made as `preprocess` says, to features `(B, features)`."""

    preprocess: Preprocess

    def ood_features(self, images: Tensor) -> Tensor | None:
        """What a detector judges a picture by, `(B, F)`; None where that is the encoding."""
        return None

    def ood_part(self, features: Tensor) -> Tensor | None:
        """The same of a frozen tower, whose features `(B, features)`, scaled, are at hand instead of the picture."""
        return None


class TextTower(Tower):
    """Token embeddings to features `(B, features)`; and from texts to these.

    languages: those that it was pretrained on, by their codes; empty where its makers do not say. at_once: texts that
    it is best given together where there are many and it does not learn.
    """

    languages: tuple[str, ...] = ()
    at_once = 512

    def tokenize(self, texts: list[str]) -> tokenizer.Tokens:
        """As `Classifier.tokenize`."""
        raise NotImplementedError

    def spans(self, text: str) -> list[tuple[int, int]]:
        """As `Classifier.spans`."""
        raise NotImplementedError

    def embed(self, tokens: Tensor) -> Sequence:
        """As `Classifier.embed`."""
        raise NotImplementedError

    def front_of(self, tokens: Tensor) -> Tensor:
        """`front` of token ids `(B, L)`."""
        return self.front(self.embed(tokens))


class ConvTower(ImageTower):
    """Convolutions that halve but for the last, then mean and max over places.

    No normalisation: these few layers train faster without it (the initial weights keep the size of the signal), and
    a picture's contrast is not divided away.
    """

    def __init__(self, widths: tuple[int, ...], size: int = 64):
        super().__init__()
        layers, channels = [], 3
        for i, width in enumerate(widths):
            kernel, stride = (5 if i == 0 else 3), (1 if i == len(widths) - 1 else 2)
            convolution = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            assert convolution.bias is not None  # None only where one asks for none
            nn.init.zeros_(convolution.bias)
            layers += [convolution, nn.SiLU()]
            channels = width
        self.layers = nn.Sequential(*layers)
        self.features = 2 * channels
        self.preprocess = Preprocess(size)

    def forward(self, images: Tensor) -> Tensor:
        grid = self.layers(images * 2 - 1)  # (B, channels, H, W)
        return torch.cat([grid.mean((2, 3)), grid.amax((2, 3))], dim=1)

    def ood_features(self, images: Tensor, groups: int = 16) -> Tensor:
        """How the first layer's responses are distributed, `(B, channels * groups)`: those of a channel in order of
        size, the mean of each of so many groups. Deeper layers were trained to forget what the task does not ask for.
        """
        ordered = self.layers[:2](images * 2 - 1).flatten(2).sort(dim=2).values
        return F.adaptive_avg_pool1d(ordered, groups).flatten(1)


class WordTower(TextTower):
    """Tokens: embeddings, a convolution over neighbours (order, "not a"), then mean and max over positions.

    vocabulary: the WordPiece tokens that it knows, `vocabulary_of` a task's texts; None for the tokenizer that ships.
    """

    def __init__(self, width: int, reach: int = 5, vocabulary: list[str] | None = None):
        super().__init__()
        self.tokenizer = tokenizer.load() if vocabulary is None else tokenizer.word_pieces(vocabulary)
        rows = tokenizer.VOCABULARY if vocabulary is None else len(vocabulary)
        self.embedding = nn.Embedding(rows, width, padding_idx=0)
        self.mix = nn.Conv1d(width, 2 * width, reach, padding=reach // 2)
        self.features = 4 * width

    def tokenize(self, texts: list[str]) -> tokenizer.Tokens:
        return tokenizer.tokenize(texts, self.tokenizer)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return tokenizer.spans(text, self.tokenizer)

    def embed(self, tokens: Tensor) -> Sequence:
        return Sequence(self.embedding(tokens), tokens != 0)

    def forward(self, text: Sequence) -> Tensor:
        mask = text.mask[:, None, :]
        mixed = F.relu(self.mix((text.values * text.mask[..., None]).transpose(1, 2))) * mask  # (B, 2 width, L)
        mean = mixed.sum(2) / mask.sum(2).clamp(min=1)
        return torch.cat([mean, mixed.amax(2)], dim=1)
