"""The contract every classifier keeps: embed, encode once, fuse as many views as wanted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from msd_core.errors import UserError
from msd_core.models.preprocess import Preprocess
from msd_core.models.tokenizer import Tokens
from msd_core.ood import Detector
from msd_core.tensors import put
from msd_core.views import MODALITIES, visible


@dataclass(frozen=True)
class Sequence:
    """B sequences of vectors `(B, L, E)`, and which places hold one, boolean `(B, L)`: token embeddings, where a text
    tower starts, or encodings of tokens and patches."""

    values: Tensor
    mask: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def gather(self, rows: Tensor) -> "Sequence":
        """Those of these rows."""
        return Sequence(self.values[rows], self.mask[rows])

    def padded(self, length: int) -> "Sequence":
        """With empty places at the end, up to that length."""
        more = length - self.values.shape[1]
        pad = nn.functional.pad
        return Sequence(pad(self.values, (0, 0, 0, more)), pad(self.mask, (0, more))) if more else self

    def repeat(self, times: int) -> "Sequence":
        """All of them, over and over."""
        return Sequence(self.values.repeat(times, 1, 1), self.mask.repeat(times, 1))

    def mean(self) -> Tensor:
        """The mean over the places that hold a vector, `(B, E)`."""
        mask = self.mask[..., None]
        return (self.values * mask).sum(1) / mask.sum(1).clamp(min=1)


@dataclass(frozen=True)
class Features:
    """What a frozen part made of a batch, `(B, F)`: kept, so that it need not run again."""

    values: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def to(self, device: torch.device | str) -> "Features":
        """The same on a device."""
        return Features(self.values.to(device))

    def gather(self, rows: Tensor) -> "Features":
        """Those of these rows."""
        return Features(self.values[rows.to(self.values.device)])


Part = Tensor | Sequence | None


@dataclass(frozen=True)
class Encoded:
    """What was made of a batch before the modalities meet: of each a vector `(B, D)` or a sequence; None for a modality
    that nobody gave, which is hidden in every view."""

    image: Part = None
    text: Part = None

    @property
    def device(self) -> torch.device:
        """Where it lies; the CPU for nothing."""
        part = self.image if self.image is not None else self.text
        values = part.values if isinstance(part, Sequence) else part
        return torch.device("cpu") if values is None else values.device

    def __len__(self) -> int:
        part = self.image if self.image is not None else self.text
        return 0 if part is None else len(part)

    def gather(self, image_of: Tensor, text_of: Tensor) -> "Encoded":
        """The pairs `(image_of[i], text_of[i])`: distinct images and texts are encoded once, pairs only gathered."""
        return Encoded(_gather(self.image, image_of), _gather(self.text, text_of))

    def repeat(self, times: int) -> "Encoded":
        """All pairs, over and over."""
        return Encoded(_repeat(self.image, times), _repeat(self.text, times))


def _gather(part: Part, rows: Tensor) -> Part:
    return part.gather(rows) if isinstance(part, Sequence) else None if part is None else part[rows.to(part.device)]


def _repeat(part: Part, times: int) -> Part:
    return part.repeat(times) if isinstance(part, Sequence) else None if part is None else part.repeat(times, 1)


def cat(batches: Iterable[Encoded], length: int) -> Encoded:
    """Batches one after the other, `length` rows in all; sequences are padded to the longest."""
    image: Part = None
    text: Part = None
    start = 0
    for batch in batches:
        image, text = _put(batch.image, image, start, length), _put(batch.text, text, start, length)
        start += len(batch)
    return Encoded(image, text)


def _put(part: Part, whole: Part, start: int, length: int) -> Part:
    if part is None:
        return None
    if isinstance(part, Tensor):
        return put(part, whole if isinstance(whole, Tensor) else None, start, length)
    if not isinstance(whole, Sequence):
        return Sequence(put(part.values, None, start, length), put(part.mask, None, start, length))
    longest = max(part.values.shape[1], whole.values.shape[1])
    part, whole = part.padded(longest), whole.padded(longest)
    return Sequence(put(part.values, whole.values, start, length), put(part.mask, whole.mask, start, length))


class Classifier(nn.Module):
    """An image-text classifier.

    A subclass sets `preprocess`, `encoding_dim` and `hidden_dim` and implements `tokenize`, `spans`, `embed`,
    `encode`, `fuse` and `hidden`; what else stands here has a default that is right for a model without nulls,
    references and frozen parts. The promise of `fuse`: logits do not depend at all on the content of a modality
    that `visible` hides.

    preprocess: how pictures become what the model reads. encoding_dim: width of `encodings`. hidden_dim: width H of
    `hidden`. has_nulls: whether something stands in for a hidden modality. trained_views: the views that it was trained
    on. detector: what tells inputs that are out of its task's distribution, None where nothing does. languages: the
    codes of those that its text tower was pretrained on; empty where its makers do not say. texts_at_once: how many
    texts its frozen part reads together.
    """

    preprocess: Preprocess
    encoding_dim: int
    hidden_dim: int
    has_nulls = False
    trained_views: tuple[str, ...] = ("both",)
    detector: Detector | None = None
    texts_at_once = 512

    @property
    def languages(self) -> tuple[str, ...]:
        """As above."""
        return ()

    def tokenize(self, texts: list[str]) -> Tokens:
        """Texts to token ids `(B, L)` and whether each was cut to the model's length."""
        raise NotImplementedError

    def spans(self, text: str) -> list[tuple[int, int]]:
        """For each of the L tokens of one text the characters `[start, end)` it stands for; empty where for none."""
        raise NotImplementedError

    def embed(self, tokens: Tensor) -> Sequence:
        """Token ids `(B, L)` to embeddings, so that attributions can reach them."""
        raise NotImplementedError

    def encode(
        self, images: Tensor | Features | None = None, text: Tensor | Sequence | Features | None = None
    ) -> Encoded:
        """Images `(B, 3, S, S)` in [0, 1] and token ids `(B, L)`, or what was made of them; either may be missing."""
        raise NotImplementedError

    def fuse(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """Logits `(B, C)` of a batch under the mask `visible`, boolean `(B, 2)`: (image, text). A modality that is
        missing in `encoded` is hidden whatever the mask says."""
        raise NotImplementedError

    def fuse_pairs(self, encoded: Encoded, image_of: Tensor, text_of: Tensor) -> Tensor:
        """Logits on both `(P, C)` of the pairs `(image_of[i], text_of[i])` of distinct images and texts: many pairs of
        few may cost less than as many that share nothing."""
        pairs = encoded.gather(image_of, text_of)
        return self.fuse(pairs, visible(("both",), len(image_of), pairs.device)[0])

    def hidden(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """The last features `(B, H)` before the logits of `fuse`: what feature-based methods distil."""
        raise NotImplementedError

    def encodings(self, encoded: Encoded) -> Tensor:
        """Both encodings side by side as one vector a pair, `(B, 2D)`: what FitNets distils; of a sequence the mean."""
        parts = [encoded.image, encoded.text]
        return torch.cat([p.mean() if isinstance(p, Sequence) else p for p in parts if p is not None], dim=1)

    def frozen_part(self, modality: str) -> nn.Module | None:
        """The part that turns a modality into `Features` and does not learn; None where there is none."""
        return None

    def frozen_names(self) -> set[str]:
        """The names in `state_dict` of what belongs to frozen parts."""
        parts = [part for part in map(self.frozen_part, MODALITIES) if part is not None]
        kept = {id(values) for part in parts for values in part.state_dict(keep_vars=True).values()}
        return {name for name, values in self.state_dict(keep_vars=True).items() if id(values) in kept}

    def fit_features(self, modality: str, features: Iterable[Features], length: int) -> None:
        """Take from the features of the training split, `length` in all, what a model needs to know of them before its
        first step; by default nothing."""

    def take_scales(self, trained: "Classifier") -> None:
        """Take what `fit_features` gave a model of the same shape, which no step changes; by default nothing."""

    def image_features(self, images: Tensor) -> Features:
        """What the frozen part for images makes of `(B, 3, S, S)`."""
        raise NotImplementedError

    def text_features(self, text: Tensor) -> Features:
        """What the frozen part for texts makes of ids `(B, L)`."""
        raise NotImplementedError

    def ood_features(
        self, images: Tensor | Features | None = None, text: Tensor | Features | None = None
    ) -> dict[str, Tensor]:
        """By modality what a detector judges an input by, `(B, F)`: by default the encoding."""
        encoded = self.encode(images, text)
        parts = {"image": encoded.image, "text": encoded.text}
        return {m: p.mean() if isinstance(p, Sequence) else p for m, p in parts.items() if p is not None}

    def borrow_head(self, teacher: "Classifier") -> None:
        """Take over what relates the encodings in a model of the same widths, and keep it as it is. Raises
        `UserError` where there is no such part."""
        raise UserError("Only models of two towers have a head that a student can have: choose another method.")

    def train_nulls(self, learned: Collection[str]) -> None:
        """For which modalities that is learned which stands in for them when hidden, where there is something."""

    def set_nulls(self, means: Encoded) -> None:
        """Let a hidden modality look like the mean encoding, `(D,)` each; one that is None stays as it is."""

    @property
    def num_references(self) -> int:
        """How many training encodings it keeps of each modality."""
        return 0

    @property
    def references(self) -> Encoded | None:
        """Encodings of training examples, `num_references` a modality; None where it keeps none."""
        return None

    def set_references(self, encoded: Encoded) -> None:
        """Keep these."""

    def forward(
        self,
        images: Tensor | Features | None,
        text: Tensor | Sequence | Features | None,
        visible: Tensor,
        image_of: Tensor | None = None,
        text_of: Tensor | None = None,
    ) -> Tensor:
        """Logits `(V, B, C)` under the masks `(V, B, 2)`; images and texts are encoded once.

        With `image_of` and `text_of` `(B,)` the pairs are picked from distinct images and texts.
        """
        encoded = self.encode(images, text)
        if image_of is not None and text_of is not None:
            encoded = encoded.gather(image_of, text_of)
        return self.fuse_views(encoded, visible)

    def fuse_views(self, encoded: Encoded, visible: Tensor) -> Tensor:
        """Logits `(V, B, C)` of a batch under the masks `(V, B, 2)`.

        The first view is fused by itself, the others in one batch: quicker than one by one, and they change no bit of
        the first.
        """
        first = self.fuse(encoded, visible[0])[None]
        views = len(visible) - 1
        if not views:
            return first
        others = self.fuse(encoded.repeat(views), visible[1:].flatten(0, 1))
        return torch.cat([first, others.unflatten(0, (views, -1))])
