"""One step of training: which examples, what they show, their loss, and how far to go."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Sampler

from msd_core.config import Config
from msd_core.inputs import Inputs
from msd_core.losses import Mix, distillation_loss
from msd_core.models.two_tower import TwoTower
from msd_core.views import VIEWS, visible

TRAINED_VIEWS = ("both", "image", "text")  # `neither` has nothing of the pair to learn from
TOGETHER = 4  # examples of one picture in a row; more would make the pictures of a batch too few


@dataclass(frozen=True)
class Data:
    """The training split as the loop gathers it: inputs, and per example labels, targets and weights, on the device."""

    inputs: Inputs
    image_of: Tensor  # (N,)
    text_of: Tensor  # (N,)
    labels: Tensor  # (N,) or (N, C)
    targets: Tensor | None  # (N, 4, C), the teacher's logits
    weights: Tensor | None  # (N, 2)


def batch_loss(
    model: TwoTower, data: Data, rows: Tensor, mix: Mix, shown: Tensor | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of one batch and its terms. The towers run once a distinct picture or text; the head runs per view.

    `shown` `(N, 2)` is what each example's label term sees, where that is not everything.
    """
    views = TRAINED_VIEWS if data.weights is not None else TRAINED_VIEWS[:1]
    masks = visible(views, len(rows), rows.device)
    if shown is not None:
        masks = torch.cat([masks, shown[rows][None]])
    pictures, image_of = data.image_of[rows].unique(return_inverse=True)
    words, text_of = data.text_of[rows].unique(return_inverse=True)
    logits = model(data.inputs.images(pictures), data.inputs.texts(words), masks, image_of, text_of)
    return distillation_loss(
        logits[: len(views)],
        data.labels[rows],
        None if data.targets is None else data.targets[rows, : len(views)].transpose(0, 1),
        None if data.weights is None else data.weights[rows],
        mix,
        logits[-1] if shown is not None else None,
    )


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
