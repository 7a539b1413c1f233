"""The contract every classifier keeps: embed, encode once, fuse as many views as wanted."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from msd_core.tokenizer import Tokens


@dataclass(frozen=True)
class Embedded:
    """Token embeddings `(B, L, E)` and which positions hold a token, boolean `(B, L)`: where a text tower starts."""

    values: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Features:
    """What a frozen tower said of a batch, `(B, F)`: kept, so that the tower need not run again."""

    values: Tensor


@dataclass(frozen=True)
class Encoded:
    """What was made of a batch before the modalities meet: one vector each, `(B, D)`; None for one nobody gave."""

    image: Tensor | None = None
    text: Tensor | None = None

    def take(self, image_of: Tensor, text_of: Tensor) -> "Encoded":
        """The pairs `(image_of[i], text_of[i])`: distinct images and texts are encoded once, pairs only gathered."""
        return Encoded(self.image[image_of], self.text[text_of])


class Classifier(nn.Module):
    """An image-text classifier.

    A subclass implements `tokenize`, `spans`, `embed`, `encode`, `fuse` and `hidden`; `forward` puts them together. The
    promise of `fuse`: logits do not depend at all on the content of a modality that `visible` hides.
    """

    def tokenize(self, texts: list[str]) -> Tokens:
        """Texts to token ids `(B, L)` and whether each was cut to the model's length."""
        raise NotImplementedError

    def spans(self, text: str) -> list[tuple[int, int]]:
        """For each of the L tokens of one text the characters `[start, end)` it stands for; empty where for none."""
        raise NotImplementedError

    def embed(self, tokens: Tensor) -> Embedded:
        """Token ids `(B, L)` to embeddings, so that attributions can reach them."""
        raise NotImplementedError

    def encode(
        self, images: Tensor | Features | None = None, text: Tensor | Embedded | Features | None = None
    ) -> Encoded:
        """Images `(B, 3, S, S)` in [0, 1] and token ids `(B, L)`, or what was made of them; either may be missing."""
        raise NotImplementedError

    def fuse(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """Logits `(B, C)` of a batch under the mask `visible`, boolean `(B, 2)`: (image, text)."""
        raise NotImplementedError

    def hidden(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """The last features `(B, H)` before the logits of `fuse`: what feature-based methods distil."""
        raise NotImplementedError

    def forward(
        self,
        images: Tensor | Features,
        text: Tensor | Embedded | Features,
        visible: Tensor,
        image_of: Tensor | None = None,
        text_of: Tensor | None = None,
    ) -> Tensor:
        """Logits `(V, B, C)` under the masks `(V, B, 2)`; the towers run once.

        With `image_of` and `text_of` `(B,)` the pairs are picked from distinct images and texts.
        """
        encoded = self.encode(images, text)
        return self.fuse_views(encoded if image_of is None else encoded.take(image_of, text_of), visible)

    def fuse_views(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """Logits `(V, B, C)` of a batch under the masks `(V, B, 2)`.

        The first view is fused by itself, the others in one batch: quicker than one by one, and they change no bit of
        the first.
        """
        first = self.fuse(encoded, visible[0])[None]
        if len(visible) == 1:
            return first
        others = Encoded(*(part.repeat(len(visible) - 1, 1) for part in (encoded.image, encoded.text)))
        return torch.cat([first, self.fuse(others, visible[1:].flatten(0, 1)).unflatten(0, (len(visible) - 1, -1))])
