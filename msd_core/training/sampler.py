"""Which examples a step sees, what of them, and how far it goes: everything follows from seed, epoch and step alone, so
that a resumed run sees what an unbroken one would have."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import Sampler

from msd_core.views import BOTH, VIEWS, visible

TOGETHER = 4  # examples of one picture in a row; more would make the pictures of a batch too few


class EpochOrder(Sampler[int]):
    """The order of examples in an epoch.

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


class BatchSampler(Sampler[list[int]]):
    """An epoch's batches, each dealt out to `processes`: its shares come one after the other, and every process takes
    its own. The examples, their order and the steps are the same however many processes there are, but for the end: the
    last batch takes what is left, and where that is not one example for every process the one before takes it.
    """

    def __init__(self, order: EpochOrder, batch_size: int, processes: int = 1):
        self.order, self.processes = order, processes
        whole, left = divmod(len(order), batch_size)
        self.sizes = [batch_size] * whole + [left] * (left > 0)
        if len(self.sizes) > 1 and self.sizes[-1] < processes:
            left = self.sizes.pop()
            self.sizes[-1] += left

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.whole():
            yield from (batch[part :: self.processes] for part in range(self.processes))

    def whole(self) -> Iterator[list[int]]:
        """The batches of an epoch, none dealt out."""
        rows = iter(self.order)
        yield from ([next(rows) for _ in range(size)] for size in self.sizes)

    def __len__(self) -> int:
        return len(self.sizes) * self.processes


def schedule(progress: float) -> float:
    """The learning rate's share of its peak after this share of the steps: up a line for 5 %, down a cosine to 0."""
    return min(progress / 0.05, 0.5 * (1 + math.cos(math.pi * progress)))


def dropped_modalities(share: float, size: int, seed: int, epoch: int) -> Tensor | None:
    """What the label term of each of N examples sees in an epoch, boolean `(N, 2)`; None where that is always both.

    With probability `share` something is hidden: one of the views image, text, neither, each as often as another.
    """
    if share == 0:
        return None
    generator = _generator(seed + 1, epoch)
    dropped = torch.rand(size, generator=generator) < share
    view = torch.where(dropped, torch.randint(BOTH + 1, len(VIEWS), (size,), generator=generator), BOTH)
    return visible()[view, 0]


def drawn_texts(texts: int, size: int, seed: int, step: int, process: int) -> Tensor:
    """The texts without labels that a process learns from in a step, `(size,)` of so many, each as likely."""
    generator = _generator(seed + 2, step)
    return torch.randint(texts, (process + 1, size), generator=generator)[process]


def partners(size: int, count: int, seed: int, step: int, repeat: bool = False) -> Tensor:
    """`count` numbers below `size`, drawn for a step: none twice and no more than there are, unless they may repeat."""
    generator = step_generator(seed, step)
    if repeat:
        return torch.randint(size, (count,), generator=generator)
    return torch.randperm(size, generator=generator)[:count]


def step_generator(seed: int, step: int) -> torch.Generator:
    """What is drawn of a step's recombined pairs, or of what stands in their place, comes from it."""
    return _generator(seed + 3, step)


def drawn_rows(rows: int, size: int, seed: int, step: int) -> Tensor:
    """The examples, of so many, by which a step is judged: at most `size`, none twice."""
    return torch.randperm(rows, generator=_generator(seed, step))[:size]


def _generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed * 1_000_003 + epoch)
