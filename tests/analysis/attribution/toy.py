"""A model whose scores are known functions of a pair, so that its maps are known too."""

import torch
from torch import Tensor, nn

from analysis.attribution.score import PairScore, pair_score
from msd_core.models.base import Classifier, Encoded, Sequence
from msd_core.models.preprocess import Preprocess
from msd_core.models.tokenizer import Tokens
from tests.analysis.models import noise

TEXT = "is it red ?"
PICTURE = noise(64, 64)


class Toy(Classifier):
    """Logits that are a known function of the sums of each quarter of the picture and of each word's embedding;
    `encoded` has how many pictures and texts each call of `encode` took."""

    def __init__(self, of):
        super().__init__()
        self.of, self.encoded, self.preprocess = of, [], Preprocess(64)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.weight, self.table = torch.randn(3, 64, 64), nn.Embedding(100, 5)

    def tokenize(self, texts):
        return Tokens(torch.tensor([[sum(map(ord, w)) % 100 for w in text.split()] for text in texts]), (False,))

    def spans(self, text):
        return [(text.index(word), text.index(word) + len(word)) for word in text.split()]

    def embed(self, tokens):
        return Sequence(self.table(tokens), torch.ones_like(tokens, dtype=torch.bool))

    def encode(self, images=None, text=None):
        self.encoded.append((0 if images is None else len(images), 0 if text is None else len(text)))
        return Encoded(
            None if images is None else self._quarters(images), None if text is None else text.values.sum(-1)
        )

    def _quarters(self, images):
        parts = (images * self.weight).sum(1).unflatten(1, (2, 32)).unflatten(3, (2, 32)).sum((2, 4))  # (B, 2, 2)
        return parts.flatten(1) / 100

    def fuse(self, encoded, visible):
        nothing = torch.zeros(len(visible), 4)
        parts = [nothing if part is None else part * visible[:, i : i + 1]
                 for i, part in enumerate((encoded.image, encoded.text))]  # fmt: skip
        return torch.stack([self.of(*parts), torch.zeros(len(visible))], dim=1)


def linear(image: Tensor, text: Tensor) -> Tensor:
    """Every player adds its own."""
    return image.sum(1) + text.sum(1)


def tangled(image: Tensor, text: Tensor) -> Tensor:
    """What a player adds depends on the others."""
    return torch.tanh(image[:, 0] * text[:, 1]) + image[:, 2].relu() * image[:, 3] + text.sum(1).sin()


def constant(image: Tensor, text: Tensor) -> Tensor:
    """Nobody adds anything."""
    return 60 + 0 * linear(image, text)


def toy_score(of=linear, text: str | None = TEXT, picture=PICTURE, output: str = "logit", **options) -> PairScore:
    """The score of a toy's first label of a pair."""
    return pair_score(Toy(of), picture, text, 0, False, output, **options)
