"""Two towers and a head that relates them: the towers run once, the head runs per view."""

from collections.abc import Collection, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.models.base import Classifier, Encoded, Features, Sequence
from msd_core.models.tokenizer import Tokens
from msd_core.models.towers import ImageTower, TextTower, Tower
from msd_core.tensors import join

REFERENCES = 64  # training encodings kept by a model, to average over in place of what is hidden


class ProductHead(nn.Module):
    """Logits from both vectors and their product, `(B, D)` each: what one alone says, and what only the pair says."""

    def __init__(self, dim: int, hidden: int, classes: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * dim, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def hidden(self, image: Tensor, text: Tensor) -> Tensor:
        return self.layers[:-1](torch.cat([image, text, image * text], dim=1))

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        return self.layers[-1](self.hidden(image, text))

    def pairs(self, image: Tensor, text: Tensor, image_of: Tensor, text_of: Tensor) -> Tensor:
        """The same of the pairs `(image_of[i], text_of[i])`, `(P,)` each: what one vector alone says is computed once
        for all of its pairs."""
        first, dim = self.layers[0], image.shape[1]
        assert isinstance(first, nn.Linear)
        weights = first.weight.split(dim, dim=1)  # (H, D) each: of the image, of the text, of their product
        alone = F.linear(image, weights[0], first.bias)[image_of] + F.linear(text, weights[1])[text_of]
        return self.layers[1:](torch.addmm(alone, image[image_of] * text[text_of], weights[2].T))


class Scale(nn.Module):
    """Features `(B, F)` of mean 0 and deviation 1 over the training split, some of them dropped while it learns: what
    frozen towers make is on scales of its own, and has more numbers than little data can weigh."""

    mean: Tensor
    std: Tensor

    def __init__(self, features: int, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))

    def fit(self, features: Tensor) -> None:
        """Take mean and deviation from these."""
        self.mean.copy_(features.mean(0))
        self.std.copy_(features.std(0, correction=0))

    def forward(self, features: Tensor) -> Tensor:
        return self.dropout((features - self.mean) / (self.std + 1e-5))


class TwoTower(Classifier):
    """The classifier behind every bundled model, and those with pretrained towers.

    dropout: share of features that are dropped as it learns, which makes it scale features to the training split
    first; None for towers that learn.

    A hidden modality is replaced by its null embedding `(D,)`, which is learned by models that train on a view that
    hides it, and set to the mean encoding of the training split (`set_nulls`) for those that do not.
    """

    has_nulls = True
    reference_image: Tensor
    reference_text: Tensor

    def __init__(
        self,
        image_tower: ImageTower,
        text_tower: TextTower,
        dim: int,
        hidden: int,
        classes: int,
        dropout: float | None = None,
    ):
        super().__init__()
        self.image_tower, self.project_image = image_tower, _projection(image_tower.features, dim, dropout)
        self.text_tower, self.project_text = text_tower, _projection(text_tower.features, dim, dropout)
        self.head = ProductHead(dim, hidden, classes)
        self.preprocess, self.texts_at_once = image_tower.preprocess, text_tower.at_once
        self.encoding_dim, self.hidden_dim = 2 * dim, hidden
        self.null_image = nn.Parameter(torch.zeros(dim))
        self.null_text = nn.Parameter(torch.zeros(dim))
        self.register_buffer("reference_image", torch.zeros(REFERENCES, dim))
        self.register_buffer("reference_text", torch.zeros(REFERENCES, dim))

    @property
    def languages(self) -> tuple[str, ...]:
        return self.text_tower.languages

    def tokenize(self, texts: list[str]) -> Tokens:
        return self.text_tower.tokenize(texts)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return self.text_tower.spans(text)

    def embed(self, tokens: Tensor) -> Sequence:
        return self.text_tower.embed(tokens)

    def image_features(self, images: Tensor) -> Features:
        return Features(self.image_tower.front(images))

    def text_features(self, text: Tensor | Sequence) -> Features:
        if isinstance(text, Tensor):
            return Features(self.text_tower.front_of(text))
        return Features(self.text_tower.front(text))

    def frozen_part(self, modality: str) -> nn.Module | None:
        return self._towers[modality].frozen_part

    def train(self, mode: bool = True) -> "TwoTower":
        """A frozen tower has nothing to train, and many parts to tell so."""
        self.training = mode
        for part in self.children():
            frozen = isinstance(part, Tower) and part.frozen_part is part
            if not frozen or part.training:
                part.train(mode and not frozen)
        return self

    @property
    def _towers(self) -> dict[str, ImageTower | TextTower]:
        return {"image": self.image_tower, "text": self.text_tower}

    @torch.no_grad()
    def fit_features(self, modality: str, features: Iterable[Features], length: int) -> None:
        projection = {"image": self.project_image, "text": self.project_text}[modality]
        if isinstance(projection[0], Scale):
            projection[0].fit(join((self._towers[modality].rest(batch.values) for batch in features), length))

    def take_scales(self, trained: Classifier) -> None:
        assert isinstance(trained, TwoTower)
        for own, theirs in zip(self.modules(), trained.modules(), strict=True):
            if isinstance(own, Scale):
                own.load_state_dict(theirs.state_dict())

    def encode(
        self, images: Tensor | Features | None = None, text: Tensor | Sequence | Features | None = None
    ) -> Encoded:
        images = images if self._reads("image") else None
        text = text if self._reads("text") else None
        if isinstance(images, Tensor):
            images = self.image_features(images)
        if isinstance(text, Tensor | Sequence):
            text = self.text_features(text)
        return Encoded(
            None if images is None else self.project_image(self.image_tower.rest(images.values)),
            None if text is None else self.project_text(self.text_tower.rest(text.values)),
        )

    def _reads(self, modality: str) -> bool:
        """Whether it was trained on a view that shows the modality: a student of one never sees the other."""
        return not {"both", modality}.isdisjoint(self.trained_views)

    def fuse(self, encoded: Encoded, visible: Tensor) -> Tensor:
        return self.head(*self._or_nulls(encoded, visible))

    def fuse_pairs(self, encoded: Encoded, image_of: Tensor, text_of: Tensor) -> Tensor:
        image, text = _vectors(encoded)
        assert image is not None and text is not None
        if len(image) > len(image_of):  # of a whole split, say
            rows, image_of = image_of.unique(return_inverse=True)
            image = image[rows]
        if len(text) > len(text_of):
            rows, text_of = text_of.unique(return_inverse=True)
            text = text[rows]
        return self.head.pairs(image, text, image_of, text_of)

    def hidden(self, encoded: Encoded, visible: Tensor) -> Tensor:
        return self.head.hidden(*self._or_nulls(encoded, visible))

    def _or_nulls(self, encoded: Encoded, visible: Tensor) -> tuple[Tensor, Tensor]:
        image, text = _vectors(encoded)
        return _or_null(image, self.null_image, visible[:, 0]), _or_null(text, self.null_text, visible[:, 1])

    def ood_features(
        self, images: Tensor | Features | None = None, text: Tensor | Features | None = None
    ) -> dict[str, Tensor]:
        """What the image tower chooses to be judged by, where it chooses something, else the encodings."""
        own = None
        if isinstance(images, Tensor) and self.frozen_part("image") is None:
            own = self.image_tower.ood_features(images)
        elif images is not None and isinstance(scale := self.project_image[0], Scale):
            images = self.image_features(images) if isinstance(images, Tensor) else images
            own = self.image_tower.ood_part(scale(self.image_tower.rest(images.values)))
        if own is None:
            return super().ood_features(images, text)
        return {"image": own, **super().ood_features(None, text)}

    def borrow_head(self, teacher: Classifier) -> None:
        if not isinstance(teacher, TwoTower):
            super().borrow_head(teacher)
            return
        self.head.load_state_dict(teacher.head.state_dict())
        self.head.requires_grad_(False)

    def train_nulls(self, learned: Collection[str]) -> None:
        self.null_image.requires_grad_("image" in learned)
        self.null_text.requires_grad_("text" in learned)

    @torch.no_grad()
    def set_nulls(self, means: Encoded) -> None:
        _keep(means, self.null_image, self.null_text)

    @property
    def num_references(self) -> int:
        return REFERENCES if self._reads("image") and self._reads("text") else 0

    @property
    def references(self) -> Encoded | None:
        return Encoded(self.reference_image, self.reference_text) if self.num_references else None

    def set_references(self, encoded: Encoded) -> None:
        """Keep these training encodings, `(REFERENCES, D)` each."""
        _keep(encoded, self.reference_image, self.reference_text)


def _projection(features: int, dim: int, dropout: float | None) -> nn.Sequential:
    """To `(B, D)` with mean 0 and variance 1 a row, so that the product of two is of the size of each."""
    scale = [] if dropout is None else [Scale(features, dropout)]
    return nn.Sequential(*scale, nn.Linear(features, dim), nn.LayerNorm(dim))


def _vectors(encoded: Encoded) -> tuple[Tensor | None, Tensor | None]:
    """Both parts of what `TwoTower.encode` made, which are never sequences."""
    assert not isinstance(encoded.image, Sequence) and not isinstance(encoded.text, Sequence)
    return encoded.image, encoded.text


def _keep(encoded: Encoded, image: Tensor, text: Tensor) -> None:
    """Copy the parts that are there into these."""
    for vectors, place in zip(_vectors(encoded), (image, text), strict=True):
        if vectors is not None:
            place.copy_(vectors)


def _or_null(values: Tensor | None, null: Tensor, visible: Tensor) -> Tensor:
    """`values` where visible, the null embedding elsewhere; `where` also keeps out a hidden NaN."""
    if values is None:
        return null.repeat(len(visible), 1)
    return torch.where(visible[:, None], values, null)
