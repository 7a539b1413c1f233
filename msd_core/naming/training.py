"""What a decoder learns from, the true names or what a teacher makes of them, and how."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from msd_core.losses import ce, distillation_loss, kd
from msd_core.naming.decoder import Decoder, beam
from msd_core.naming.names import Names, written
from msd_core.tensors import join
from msd_core.training.sampler import schedule

BATCH = 64  # names a step
WIDTH = 5  # of a beam, as in Kim, Rush 2016
_AT_ONCE = 1024  # names that are read or written at once where nothing is learned
_LARGEST = 1.0  # norm of a step's gradient


@dataclass(frozen=True)
class Settings:
    """How a decoder is made and trained.

    hidden: its width. lr: peak of AdamW's learning rate. epochs: passes over the names. seed: of its first weights,
    what it drops, and the order of names. smoothing: share of a label that is spread over all pieces. noise: share of
    a picture's features that are dropped.
    """

    hidden: int
    lr: float
    epochs: int
    seed: int = 0
    smoothing: float = 0.0
    noise: float = 0.0


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a decoder is to write: of N names the `pieces` `(N, L)`, of `size` that there are; and what a teacher says
    of each piece, `targets`, logits `(P, V)`, name by name; None without one."""

    names: Names
    pieces: Tensor
    size: int
    targets: Tensor | None = None

    @cached_property
    def mask(self) -> Tensor:
        """Which pieces belong to a name, boolean `(N, L)`."""
        return written(self.pieces)

    @cached_property
    def places(self) -> Tensor:
        """Where in `targets` the pieces are that belong to a name, int64 `(N, L)`."""
        return (self.mask.flatten().cumsum(0) - 1).view_as(self.mask)

    def batches(self, seed: int, epoch: int) -> Iterator[Tensor]:
        """The rows of every step of an epoch, `(B,)`: names of like length, so that little is read of what pads."""
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        order = torch.randperm(len(self.names), generator=generator)
        batches = order[self.mask.sum(1)[order].argsort(stable=True)].split(BATCH)
        for i in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[i]


def naming_loss(
    student: Tensor,
    pieces: Tensor,
    *,
    teacher: Tensor | None = None,
    smoothing: float = 0.0,
    lam: float = 0.5,
    temperature: float = 1.0,
) -> Tensor:
    """`nll`, or with a teacher `lam nll + (1 - lam) kd`, mean over the P pieces of a batch, in nats.

    `nll` is `ce` of each piece; `kd`, of what the teacher says after the same beginning, is word-level distillation
    (Kim, Rush 2016, arXiv:1606.07947).

    student, teacher: logits `(P, V)`. pieces: int64 `(P,)`. smoothing, lam: 0 to 1. temperature: of both softmaxes.
    """
    nll = ce(student, pieces, multilabel=False, smoothing=smoothing)  # (P,)
    if teacher is None:
        return nll.mean()
    soft = kd(teacher=teacher, student=student, temperature=temperature, multilabel=False)
    return distillation_loss(label=nll, method=soft, lam=lam)


def train(lesson: Lesson, settings: Settings) -> Decoder:
    """A new decoder that has learned its lesson, in evaluation mode; all of it follows from the settings."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        pictures, languages = lesson.names.pictures, lesson.names.languages
        decoder = Decoder(pictures.shape[1], len(languages), lesson.size, settings.hidden, settings.noise)
        decoder.train().scale.fit(pictures)
        optimizer = torch.optim.AdamW(decoder.parameters(), lr=settings.lr, weight_decay=0.01, fused=True)
        steps = settings.epochs * math.ceil(len(lesson.names) / BATCH)
        batches = (rows for epoch in range(settings.epochs) for rows in lesson.batches(settings.seed, epoch))
        for step, rows in enumerate(batches, start=1):
            optimizer.param_groups[0]["lr"] = settings.lr * schedule(step / (steps + 1))
            _step(decoder, optimizer, lesson, rows, settings.smoothing)
    return decoder.eval()


def _step(decoder: Decoder, optimizer: torch.optim.Optimizer, lesson: Lesson, rows: Tensor, smoothing: float) -> None:
    """A step on the names `rows` `(B,)`."""
    names, mask = lesson.names, lesson.mask[rows]
    pieces = lesson.pieces[rows, : int(mask.sum(1).max())]
    student = decoder(names.pictures[names.picture_of[rows]], names.language_of[rows], pieces)
    teacher = None if lesson.targets is None else lesson.targets[lesson.places[rows][mask]]
    loss = naming_loss(student, lesson.pieces[rows][mask], teacher=teacher, smoothing=smoothing)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(decoder.parameters(), _LARGEST)
    optimizer.step()


@torch.inference_mode()
def read(decoder: Decoder, names: Names, pieces: Tensor) -> Tensor:
    """The logits of a decoder for each piece `(N, L)` that belongs to a name, after those before it, `(P, V)`."""
    rows = torch.arange(len(names)).split(_AT_ONCE)
    logits = (decoder(names.pictures[names.picture_of[r]], names.language_of[r], pieces[r]) for r in rows)
    return join(logits, int(written(pieces).sum()))


@torch.inference_mode()
def write(decoder: Decoder, names: Names, length: int, width: int) -> Tensor:
    """The pieces that a decoder writes, `(N, length)`, by a beam of this width."""
    rows = torch.arange(len(names)).split(_AT_ONCE)
    pieces = (beam(decoder, names.pictures[names.picture_of[r]], names.language_of[r], length, width)[0] for r in rows)
    return join(pieces, len(names))
