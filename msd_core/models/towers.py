"""What a tower is, and small towers of our own, for jobs of seconds on two CPU cores. No BatchNorm.

A tower turns one modality of a batch into features `(B, features)`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.models import tokenizer
from msd_core.models.base import Sequence
from msd_core.models.preprocess import Preprocess


class ImageTower(nn.Module):
    """Pictures `(B, 3, S, S)` in [0, 1], made as `preprocess` says, to features `(B, features)`."""

    features: int
    preprocess: Preprocess

    def ood_features(self, images: Tensor) -> Tensor | None:
        """What a detector judges a picture by, `(B, F)`; None where that is the encoding."""
        return None


class TextTower(nn.Module):
    """Token embeddings to features `(B, features)`; and from texts to these."""

    features: int

    def tokenize(self, texts: list[str]) -> tokenizer.Tokens:
        """As `Classifier.tokenize`."""
        raise NotImplementedError

    def spans(self, text: str) -> list[tuple[int, int]]:
        """As `Classifier.spans`."""
        raise NotImplementedError

    def embed(self, tokens: Tensor) -> Sequence:
        """As `Classifier.embed`."""
        raise NotImplementedError


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

    def ood_features(self, images: Tensor, bands: int = 16) -> Tensor:
        """What the first layer answers to on average in each of so many horizontal bands, `(B, bands * channels)`:
        deeper layers were trained to forget what the task does not ask for."""
        return F.adaptive_avg_pool2d(self.layers[:2](images * 2 - 1), (bands, 1)).flatten(1)


class WordTower(TextTower):
    """Tokens: embeddings, a convolution over neighbours (order, "not a"), then mean and max over positions."""

    def __init__(self, width: int, reach: int = 5):
        super().__init__()
        self.embedding = nn.Embedding(tokenizer.VOCABULARY, width, padding_idx=0)
        self.mix = nn.Conv1d(width, 2 * width, reach, padding=reach // 2)
        self.features = 4 * width

    def tokenize(self, texts: list[str]) -> tokenizer.Tokens:
        return tokenizer.tokenize(texts)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return tokenizer.spans(text)

    def embed(self, tokens: Tensor) -> Sequence:
        return Sequence(self.embedding(tokens), tokens != 0)

    def forward(self, text: Sequence) -> Tensor:
        mask = text.mask[:, None, :]
        mixed = F.relu(self.mix((text.values * text.mask[..., None]).transpose(1, 2))) * mask  # (B, 2 width, L)
        mean = mixed.sum(2) / mask.sum(2).clamp(min=1)
        return torch.cat([mean, mixed.amax(2)], dim=1)
