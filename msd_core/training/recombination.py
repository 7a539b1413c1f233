"""Pairs of one example's picture and another one's text: the teacher answers each, and the student learns to agree.

Nobody labelled these pairs, and no label is needed. Hiding a modality asks the teacher about a picture with every text
at once, in the mean; these pairs ask about them one by one. Towers encode every picture and text once as before, so a
pair costs two small heads.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from msd_core.evaluate import fuse_grid
from msd_core.losses import log_probs
from msd_core.models.base import Classifier, Encoded, Features
from msd_core.training.config import Config
from msd_core.training.sampler import partners

# distinct pictures and texts as `encode` takes them, and which of them each of P pairs has, `(P,)` twice
StudentInputs = tuple[Tensor | Features, Tensor | Features, Tensor, Tensor]
CHUNK = 512  # pairs fused at once, so that memory does not grow with their number


class Control(Protocol):
    """Pairs of other things than a run's own pictures and texts: see `control_pairs.py`."""

    def draw(self, config: Config, batch: Tensor, part: slice, step: int) -> "Recombined":
        """Those of a step, as `recombine` has them."""
        ...

    def answer_count(self, config: Config, sizes: list[int]) -> int:
        """How many answers the teacher gives in a run of batches of these sizes an epoch."""
        ...


@dataclass(frozen=True)
class Questions:
    """The pairs that the teacher is asked about where its answers are few: of each of N examples the texts that its
    picture comes with, as rows `(N, Q)`, -1 where there is none; and the answers `(N, Q, C)`."""

    texts: Tensor
    logits: Tensor

    def each(self, columns: int) -> float:
        """How many of so many columns a picture has in the mean."""
        return columns * float((self.texts >= 0).float().mean())


@dataclass(frozen=True)
class Fusion:
    """The teacher's encodings of a split's distinct pictures and texts, on the run's device, and what it fuses them
    with. image_of, text_of: `(N,)`, which of them each example has. questions: all that it may be asked; None where
    that is whatever pair. control: what it is asked about instead of recombined pairs; None for these."""

    model: Classifier
    encoded: Encoded
    image_of: Tensor
    text_of: Tensor
    questions: Questions | None = None
    control: "Control | None" = None

    @torch.no_grad()
    def logits(self, pictures: Tensor, texts: Tensor) -> Tensor:
        """Of P pairs, float32 `(P, C)`: the pictures of these examples `(P,)` with the texts of those `(P,)`."""
        with torch.autocast(pictures.device.type, enabled=False):
            return self.model.fuse_pairs(self.encoded, self.image_of[pictures], self.text_of[texts])

    def grid(self, rows: Tensor) -> Tensor:
        """Of the pictures of B examples with the texts of all, `(B, B, C)`; each distinct pair is fused once."""
        pictures, at = _first(self.image_of[rows], rows)
        texts, of = _first(self.text_of[rows], rows)
        with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
            distinct = self.encoded.gather(self.image_of[pictures], self.text_of[texts])
            return fuse_grid(self.model, distinct)[at][:, of]


@dataclass(frozen=True)
class Recombined:
    """P pairs of a step.

    pictures: places `(P,)` among the examples of the step; texts: rows `(P,)` of the training split whose texts they
    come with. each: how many a picture has, in the mean over steps. hardest: how many it keeps, of those where student
    and teacher differ most; 0 for all. logits: the teacher's, `(P, C)`, where they were given before. inputs: what the
    student reads instead, where the pairs are of other things.
    """

    pictures: Tensor
    texts: Tensor
    each: float
    hardest: int = 0
    logits: Tensor | None = None
    inputs: StudentInputs | None = None

    def answers(self, fusion: Fusion, rows: Tensor, places: Tensor) -> Tensor:
        """The teacher's logits `(S, C)` of these of the pairs, `(S,)`. rows: the examples `(B,)` of the step."""
        if self.logits is not None:
            return self.logits[places]
        return fusion.logits(rows[self.pictures[places]], self.texts[places])

    def shuffled(self) -> "Recombined":
        """A control: each pair has the place of another."""
        half = len(self.pictures) // 2
        logits = None if self.logits is None else self.logits.roll(half, 0)
        return replace(self, pictures=self.pictures.roll(half), texts=self.texts.roll(half), logits=logits)


@dataclass(frozen=True)
class Pairs:
    """The same as a student has them: its encodings of distinct pictures and texts, and which of them each has, `(P,)`
    twice."""

    encoded: Encoded
    image_of: Tensor
    text_of: Tensor
    recombined: Recombined

    def fuse(self, student: Classifier, places: Tensor) -> Tensor:
        """Logits `(S, C)` of these of them, `(S,)`."""
        return student.fuse_pairs(self.encoded, self.image_of[places], self.text_of[places])


def mean_of_pairs(kd_of: Callable[[Tensor], Tensor], recombined: Recombined, pictures: int) -> Tensor:
    """The mean of a loss over the pairs of so many pictures, a scalar. kd_of: of pairs by their places `(S,)` the loss
    `(S,)`; some hundred are asked for at a time, and again when gradients are taken, so that memory does not grow with
    their number."""
    places = torch.arange(len(recombined.pictures), device=recombined.pictures.device)
    if recombined.hardest:
        with torch.no_grad():
            losses = torch.cat([kd_of(part) for part in places.split(CHUNK)]).view(pictures, -1)
        hardest = losses.topk(recombined.hardest).indices
        places = places.view(pictures, -1).gather(1, hardest).flatten()
    parts = places.split(CHUNK)

    def total(part: Tensor) -> Tensor:
        return kd_of(part).sum()

    sums = [checkpoint(total, part, use_reentrant=False) if len(parts) > 1 else total(part) for part in parts]
    return torch.stack(sums).sum() / (pictures * recombined.each or 1)


def recombine(config: Config, batch: Tensor, part: slice, step: int, fusion: Fusion, multilabel: bool) -> Recombined:
    """The pairs of a step. batch: the rows `(B,)` of all processes, of which `part` are this one's. Everything follows
    from seed and step, so that processes together see the pairs of one alone."""
    if fusion.control is not None:
        return fusion.control.draw(config, batch, part, step)
    count, examples, others = config.recombine, len(fusion.image_of), len(batch) - 1
    if (known := fusion.questions) is not None:
        return _answered(known, batch[part], partners(known.texts.shape[1], count, config.seed, step))
    if config.pairs == "split":
        texts = partners(examples, len(batch), config.seed, step, repeat=True).to(batch.device)
        return _pairs(columns(config, len(batch), part, step, own=True).to(batch.device), texts)
    if config.pairs == "batch":
        return _pairs(columns(config, len(batch), part, step).to(batch.device), batch)
    places = torch.arange(len(batch), device=batch.device)
    every = (places[part, None] + places[1:]) % len(batch)  # (b, B - 1)
    if config.pairs == "disagreement":
        return _pairs(every, batch, min(count, others))
    scores = SCORES[config.pairs](fusion.grid(batch), multilabel)[part].gather(1, every)
    return _pairs(every.gather(1, scores.topk(min(count, others)).indices), batch)


def columns(config: Config, size: int, part: slice, step: int, own: bool = False) -> Tensor:
    """Which K of a batch's texts each picture of a share comes with in a step, `(b, K)`: those of other examples, or of
    any if `own`."""
    first = 0 if own else 1
    shifts = first + partners(size - first, config.recombine, config.seed, step)
    return (torch.arange(size)[part][:, None] + shifts) % size


def questions(examples: int, count: int, seed: int) -> Tensor:
    """The pairs that a teacher is asked about, `count` in all or as many as there are: of each picture the rows of the
    texts that it comes with, `(N, Q)`, no pair twice; -1 where there is none."""
    count = min(count, examples * (examples - 1))
    rounds, left = divmod(count, examples)
    shifts = 1 + partners(examples - 1, rounds + (left > 0), seed, 0)  # (Q,)
    texts = (torch.arange(examples)[:, None] + shifts) % examples
    if left:
        texts[partners(examples, examples, seed, 1)[left:], -1] = -1
    return texts


def answer_count(config: Config, sizes: list[int], fusion: Fusion) -> int:
    """How many answers to recombined pairs, or to what stands in their place, a teacher gives in a run of batches of
    these sizes an epoch. Where pairs are chosen by their answers all of a batch are counted, alike ones too."""
    examples = len(fusion.image_of)
    if fusion.control is not None:
        return fusion.control.answer_count(config, sizes)
    if config.questions:
        return min(config.questions, examples * (examples - 1))
    of_all = {"interaction": 0, "entropy": 0, "disagreement": 1}
    if config.pairs in of_all:
        return config.epochs * sum(size * (size - of_all[config.pairs]) for size in sizes)
    return config.epochs * sum(size * min(config.recombine, size - (config.pairs == "batch")) for size in sizes)


def interaction(grid: Tensor, multilabel: bool) -> Tensor:
    """How far the logits of each picture with each text, `(B, B, C)`, are from the best sum of a part of the picture
    and one of the text: the root of the mean square over labels, `(B, B)`. What EMAP takes away (Hessel and Lee 2020,
    "Does my multimodal model learn cross-modal interactions?", arXiv:2010.06572)."""
    additive = grid.mean(0, keepdim=True) + grid.mean(1, keepdim=True) - grid.mean((0, 1), keepdim=True)
    rest = grid - additive
    if not multilabel:  # a softmax does not see what all logits have in common
        rest = rest - rest.mean(-1, keepdim=True)
    return rest.square().mean(-1).sqrt()


def entropy(grid: Tensor, multilabel: bool) -> Tensor:
    """Of the answers to each pair, nats, of logits `(B, B, C)`; multi-label: the mean over labels. Returns `(B, B)`."""
    log_p = log_probs(grid, multilabel)
    return -(log_p.exp() * log_p).sum(-1).mean(-1)


SCORES = {"interaction": interaction, "entropy": entropy}


def _pairs(of: Tensor, texts: Tensor, hardest: int = 0) -> Recombined:
    """of: which of `texts`, rows `(M,)`, each of b pictures comes with, `(b, K)`."""
    pictures = torch.arange(len(of), device=of.device).repeat_interleave(of.shape[1])
    return Recombined(pictures, texts[of.flatten()], hardest or of.shape[1], hardest)


def _answered(known: Questions, rows: Tensor, some: Tensor) -> Recombined:
    """Those that the teacher was asked about these pictures, of some columns `(K,)` of the table."""
    some = some.to(rows.device)
    texts, logits = known.texts[rows][:, some], known.logits[rows][:, some]  # (b, K), (b, K, C)
    pictures, which = (texts >= 0).nonzero(as_tuple=True)
    return Recombined(pictures, texts[pictures, which], known.each(len(some)), logits=logits[pictures, which])


def _first(of: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """One row for each distinct value of `of` `(B,)`, and which of these each has, `(B,)`."""
    values, at = of.unique(return_inverse=True)
    first = torch.empty_like(values)
    first[at] = rows
    return first, at
