"""A classifier of the other kind: one transformer over the visible tokens of both modalities, and no null embedding."""

import torch
from torch import Tensor, nn

from msd_core.models import tokenizer
from msd_core.models.base import Classifier, Encoded, Part, Sequence
from msd_core.models.preprocess import Preprocess
from msd_core.models.zoo import Spec

SPEC = Spec("patches", "tokens", 0, 0)  # in words, for files and records: the zoo builds no such model


class SingleStream(Classifier):
    """Patches and tokens are encoded by one linear layer each; `fuse` runs the transformer."""

    def __init__(self, classes: int, width: int = 8, size: int = 32, patch: int = 8):
        super().__init__()
        self.preprocess, self.encoding_dim, self.hidden_dim = Preprocess(size), 2 * width, width
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.embedding = nn.Embedding(tokenizer.VOCABULARY, width, padding_idx=0)
        self.places = nn.ParameterDict(
            {
                "image": nn.Parameter(0.1 * torch.randn((size // patch) ** 2, width)),
                "text": nn.Parameter(0.1 * torch.randn(tokenizer.LENGTH, width)),
            }
        )
        self.start = nn.Parameter(torch.randn(width))
        self.attend, self.relate = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def tokenize(self, texts: list[str]) -> tokenizer.Tokens:
        return tokenizer.tokenize(texts)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return tokenizer.spans(text)

    def embed(self, tokens: Tensor) -> Sequence:
        return Sequence(self.embedding(tokens), tokens != 0)

    def encode(self, images: Tensor | None = None, text: Tensor | Sequence | None = None) -> Encoded:
        image = None
        if images is not None:
            values = self.patches(images).flatten(2).transpose(1, 2) + self.places["image"]
            image = Sequence(values, torch.ones(values.shape[:2], dtype=torch.bool, device=values.device))
        if isinstance(text, Tensor):
            text = self.embed(text)
        if text is not None:
            text = Sequence(text.values + self.places["text"][: text.values.shape[1]], text.mask)
        return Encoded(image, text)

    def fuse(self, encoded: Encoded, visible: Tensor) -> Tensor:
        return self.head(self.hidden(encoded, visible))

    def hidden(self, encoded: Encoded, visible: Tensor) -> Tensor:
        start = Sequence(self.start.expand(len(visible), 1, -1), visible.new_ones(len(visible), 1))
        parts = [start, *_visible(encoded.image, visible[:, 0]), *_visible(encoded.text, visible[:, 1])]
        mask = torch.cat([part.mask for part in parts], dim=1)
        values = torch.where(mask[..., None], torch.cat([part.values for part in parts], dim=1), 0)
        query, key, value = self.attend(values).chunk(3, dim=-1)
        scores = (query @ key.transpose(1, 2)).masked_fill(~mask[:, None], -torch.inf)
        mixed = values + scores.softmax(-1) @ value
        return self.norm(mixed + torch.tanh(self.relate(mixed)))[:, 0]


def _visible(part: Part, visible: Tensor) -> list[Sequence]:
    return [Sequence(part.values, part.mask & visible[:, None])] if isinstance(part, Sequence) else []
