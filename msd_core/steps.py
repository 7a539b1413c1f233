"""One step of training: which examples, what they show, their loss, and how far to go."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.utils.data import Sampler

from msd_core.config import Config
from msd_core.inputs import Inputs
from msd_core.losses import ce, distillation_loss, kd
from msd_core.methods import Method, Representations, Seen
from msd_core.models.base import Encoded
from msd_core.models.two_tower import TwoTower
from msd_core.views import VIEWS, visible

TRAINED_VIEWS = ("both", "image", "text")  # `neither` has nothing of the pair to learn from
TOGETHER = 4  # examples of one picture in a row; more would make the pictures of a batch too few


@dataclass(frozen=True)
class Mix:
    """How the terms add up: temperature `tau`, `lam` the labels' share, and the name of the method on `both`."""

    tau: float = 2.0
    lam: float = 0.5
    multilabel: bool = False
    method: str = "kd"


@dataclass(frozen=True)
class Data:
    """The training split as the loop gathers it: inputs, and per example labels, targets and weights, on the device.

    Feature-based methods also read what the teacher made of each example on `both`.
    """

    inputs: Inputs
    image_of: Tensor  # (N,)
    text_of: Tensor  # (N,)
    labels: Tensor  # (N,) or (N, C)
    targets: Tensor | None = None  # (N, 4, C), the teacher's logits
    weights: Tensor | None = None  # (N, 2)
    features: Representations | None = None  # (N, 2D), (N, H), the teacher's


class Objective(nn.Module):
    """A student and what it is trained for: rows of the training data in, the loss and its named terms out."""

    def __init__(self, student: TwoTower, data: Data, mix: Mix, method: Method | None = None):
        super().__init__()
        self.student, self.method = student, method
        self.data, self.mix = data, mix

    def forward(
        self, rows: Tensor, weights: Tensor | None = None, shown: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch, a scalar in nats, and its terms, unweighted batch means.

        `rows` `(B,)`; `weights` `(B, 2)` of the modality-specific terms, None for none; `shown` `(B, 2)` what the label
        term of each example sees, where that is not everything. The towers run once a distinct picture or text.
        """
        data, mix = self.data, self.mix
        views = TRAINED_VIEWS if weights is not None else TRAINED_VIEWS[:1]
        masks = visible(views, len(rows), rows.device)
        encoded = encode_rows(self.student, data, rows)
        logits = self.student.fuse_views(encoded, masks if shown is None else torch.cat([masks, shown[None]]))
        hard = ce(logits[0 if shown is None else -1], data.labels[rows], mix.multilabel)
        soft = None if self.method is None else self.method(self._seen(rows, encoded, masks[0], logits[0]))
        alone = None if weights is None else single_view_losses(data, mix, rows, logits[1:3])
        terms = {"ce": hard.mean()}
        if soft is not None:
            terms[f"{mix.method}_both"] = soft.mean()
        if alone is not None:
            terms["kd_image"], terms["kd_text"] = alone.mean(1)
        return distillation_loss(hard, soft, alone, weights, mix.lam), terms

    def _seen(self, rows: Tensor, encoded: Encoded, mask: Tensor, logits: Tensor) -> Seen:
        data = self.data
        seen = Seen(logits, data.targets[rows, 0], data.labels[rows], rows)
        if not self.method.reads_features:
            return seen
        encodings = torch.cat([encoded.image, encoded.text], dim=1)
        return replace(
            seen,
            student_features=Representations(encodings, self.student.hidden(encoded, mask)),
            teacher_features=data.features.take(rows),
        )


def encode_rows(student: TwoTower, data: Data, rows: Tensor) -> Encoded:
    """These examples' encodings, `(B, D)` each; every distinct picture and text of them encoded once."""
    images, texts, image_of, text_of = distinct(data, rows)
    return student.encode(images, texts).take(image_of, text_of)


def distinct(data: Data, rows: Tensor) -> tuple:
    """The distinct pictures and texts of these examples, and which of them each example has, `(B,)` twice."""
    pictures, image_of = data.image_of[rows].unique(return_inverse=True)
    words, text_of = data.text_of[rows].unique(return_inverse=True)
    return data.inputs.images(pictures), data.inputs.texts(words), image_of, text_of


def single_view_losses(data: Data, mix: Mix, rows: Tensor, logits: Tensor) -> Tensor:
    """The losses against the teacher on each modality alone, `(2, B)` in nats, of logits `(2, B, C)`."""
    targets = data.targets[rows, 1:3].transpose(0, 1)
    return kd(targets, logits, mix.tau, mix.multilabel)


class EpochOrder(Sampler):
    """The order of examples in an epoch, derived from seed and epoch alone: a resumed run sees what it would have.

    Examples that share a picture come in runs of up to `TOGETHER`, the runs shuffled: a batch then encodes few pictures
    and fuses many pairs.
    """

    def __init__(self, image_of: Tensor, seed: int):
        self.image_of, self.seed, self.epoch = image_of, seed, 0

    def __iter__(self) -> Iterator[int]:
        generator = _generator(self.seed, self.epoch)
        shuffled = torch.randperm(len(self.image_of), generator=generator)
        by_picture = shuffled[self.image_of[shuffled].argsort(stable=True)]
        pictures = self.image_of[by_picture]
        place = torch.arange(len(pictures)) - torch.searchsorted(pictures, pictures)  # 0, 1, 2, ... within a picture
        _, run_of = (pictures * len(pictures) + place // TOGETHER).unique_consecutive(return_inverse=True)
        rank = torch.randperm(int(run_of[-1]) + 1, generator=generator)
        yield from by_picture[rank[run_of].argsort(stable=True)].tolist()

    def __len__(self) -> int:
        return len(self.image_of)


class Batches(Sampler):
    """An epoch's batches, each dealt out to `parts` processes: its shares come one after the other, and every process
    takes its own. The examples, their order and the steps are the same however many processes there are, but for the
    end: the last batch takes what is left, and where that is not one example for every process the one before takes it.
    """

    def __init__(self, order: EpochOrder, batch: int, parts: int = 1):
        self.order, self.parts = order, parts
        whole, left = divmod(len(order), batch)
        self.sizes = [batch] * whole + [left] * (left > 0)
        if len(self.sizes) > 1 and self.sizes[-1] < parts:
            left = self.sizes.pop()
            self.sizes[-1] += left

    def __iter__(self) -> Iterator[list[int]]:
        rows = iter(self.order)
        for size in self.sizes:
            batch = [next(rows) for _ in range(size)]
            yield from (batch[part :: self.parts] for part in range(self.parts))

    def __len__(self) -> int:
        return len(self.sizes) * self.parts


def _generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed * 1_000_003 + epoch)


def shown_views(config: Config, size: int, epoch: int) -> Tensor | None:
    """What the label term of each example sees in an epoch, `(N, 2)`; None where that is always everything.

    With probability `hide` something is hidden: one of the views image, text, neither, each as often as another.
    """
    if config.hide == 0:
        return None
    generator = _generator(config.seed + 1, epoch)
    hidden = torch.rand(size, generator=generator) < config.hide
    view = torch.where(hidden, torch.randint(1, len(VIEWS), (size,), generator=generator), VIEWS.index("both"))
    return visible()[view, 0]


def schedule(progress: float) -> float:
    """The learning rate's share of its peak after this share of the steps: up a line for 5 %, down a cosine to 0."""
    return min(progress / 0.05, 0.5 * (1 + math.cos(math.pi * progress)))
