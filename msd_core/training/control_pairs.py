"""What recombined pairs are held against: as many answers of the teacher about other things.

`RealPairs` are other examples whose labels nobody reads: what more data without labels would give. `Noise` is pictures
of random dots under texts whose words are shuffled: whether it matters at all what the teacher is asked about.
`Neighbours` are recombined pairs, answered by the labels of the training examples nearest to them: whether it takes a
teacher.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.inputs import Inputs, read_inputs
from msd_core.models.base import Classifier, Features
from msd_core.models.preprocess import as_pixels
from msd_core.pixels import Pixels
from msd_core.tasks import Split
from msd_core.training.config import Config
from msd_core.training.corruption import misread
from msd_core.training.recombination import Control, Recombined, columns
from msd_core.training.sampler import partners, step_generator
from msd_core.training.teacher import Answers
from msd_core.views import BOTH, MODALITIES

NEAREST = 5  # neighbours of a pair
_MOST = 10_000  # examples that neighbours are looked for among: every pair is held against each of them
_COARSE = 8  # cells of a picture's side, whose mean colours are compared
_BATCH = 512


def control_of(
    config: Config,
    student: Classifier,
    teacher: Classifier,
    answers: Answers,
    train: Split,
    whole: Split,
    classes: int,
) -> Control | None:
    """What the teacher is asked about in place of recombined pairs; None where it is these. teacher: on the device.
    train: as the student reads it, a part of `whole`. `UserError` where there is no such thing."""
    device = next(student.parameters()).device
    if reason := undefined_at(config, len(whole)):
        raise UserError(f"There are no {config.pairs} pairs: {reason}. Give a smaller train_size.")
    if config.pairs == "real":
        rest = whole.rest(config.train_size)
        rest = rest.subset(config.questions) if config.questions else rest
        logits, share = answers(rest)[:, BOTH].to(device), config.corrupt_text
        read = misread(rest, share, (3, config.seed)) if share else rest
        return RealPairs(read_inputs(student, read), read.image_of.to(device), read.text_of.to(device), logits)
    if config.pairs == "neighbours":
        labels, of = train.labels.to(device), (train.image_of.to(device), train.text_of.to(device))
        return neighbours(read_inputs(student, train), *of, labels, classes)
    if config.pairs == "noise":
        own, theirs = (model.tokenize(train.texts).ids for model in (student, teacher))
        frozen = any(model.frozen_part(modality) for model in (student, teacher) for modality in MODALITIES)
        if frozen or student.preprocess != teacher.preprocess or not torch.equal(own, theirs):
            raise UserError("Noise is for models that read alike and learn as a whole: choose other pairs for these.")
        return Noise(teacher, own.to(device), train.text_of.to(device), student.preprocess.size)
    return None


def undefined_at(config: Config, whole: int) -> str:
    """Why these pairs cannot be had where so many examples could be trained on; empty where they can."""
    if config.pairs == "real" and config.train_size >= whole:
        return "the label of every example of the training split is read"
    if config.pairs == "neighbours" and min(config.train_size, whole) > _MOST:
        return f"neighbours are looked for among {_MOST:,} examples at most"
    return ""


@dataclass(frozen=True)
class RealPairs:
    """M examples of the training split that a run does not learn the labels of, as the student reads them, and the
    teacher's logits on both, `(M, C)`."""

    inputs: Inputs
    image_of: Tensor  # (M,)
    text_of: Tensor  # (M,)
    logits: Tensor

    def draw(self, config: Config, batch: Tensor, part: slice, step: int) -> Recombined:
        """As many of them as recombined pairs would be; all towers run for each."""
        each = min(config.recombine, len(batch) - 1)
        rows = partners(len(self.logits), len(batch) * each, config.seed, step, repeat=True).to(batch.device)
        rows = rows.view(len(batch), each)[part].flatten()
        own = self.inputs.distinct(self.image_of[rows], self.text_of[rows])
        return Recombined(rows, rows, each, logits=self.logits[rows], inputs=own)

    def answer_count(self, config: Config, sizes: list[int]) -> int:
        """One for each of them, however often it is drawn."""
        return len(self.logits)


@dataclass(frozen=True)
class Noise:
    """Pictures of random dots and texts of shuffled words, which teacher and student read alike.

    tokens: `(V, L)` ids, 0 where a text has ended; text_of: `(N,)`; size: pixels of a picture's side.
    """

    teacher: Classifier
    tokens: Tensor
    text_of: Tensor
    size: int

    def draw(self, config: Config, batch: Tensor, part: slice, step: int) -> Recombined:
        """As many pairs of them as recombined pairs would be."""
        generator, size, device = step_generator(config.seed, step), len(batch), batch.device
        images = torch.rand(size, 3, self.size, self.size, generator=generator)[part].to(device)
        ids = self.tokens[self.text_of[batch]]
        keys = torch.rand(ids.shape, generator=generator).to(device).masked_fill(ids == 0, 2.0)
        ids = ids.gather(1, keys.argsort(dim=1))
        of = columns(config, size, part, step, own=True).to(device)
        pictures, texts = torch.arange(len(images), device=device).repeat_interleave(of.shape[1]), of.flatten()
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            logits = self.teacher.fuse_pairs(self.teacher.encode(images, ids), pictures, texts)
        return Recombined(pictures, texts, of.shape[1], logits=logits, inputs=(images, ids, pictures, texts))

    def answer_count(self, config: Config, sizes: list[int]) -> int:
        """One for each pair that is drawn."""
        return config.epochs * sum(size * min(config.recombine, size) for size in sizes)


@dataclass(frozen=True)
class Neighbours:
    """How far U distinct pictures and V distinct texts are from one another, `(U, U)` and `(V, V)`, each 1 in the mean,
    and the labels of N examples as shares, `(N, C)`."""

    pictures: Tensor
    texts: Tensor
    image_of: Tensor
    text_of: Tensor
    labels: Tensor
    multilabel: bool

    def draw(self, config: Config, batch: Tensor, part: slice, step: int) -> Recombined:
        """The recombined pairs of a step, with the mean of their neighbours' labels for an answer."""
        of = columns(config, len(batch), part, step).to(batch.device)
        pictures = torch.arange(len(of), device=batch.device).repeat_interleave(of.shape[1])
        texts = batch[of.flatten()]
        logits = self.logits(batch[part][pictures], texts)
        return Recombined(pictures, texts, of.shape[1], logits=logits)

    def answer_count(self, config: Config, sizes: list[int]) -> int:
        """None: the labels answer."""
        return 0

    def logits(self, pictures: Tensor, texts: Tensor) -> Tensor:
        """Of the pictures of these examples `(P,)` with the texts of those `(P,)`, `(P, C)`: such that their
        probabilities are the shares of the nearest examples' labels."""
        apart = self.pictures[self.image_of[pictures]][:, self.image_of]  # (P, N)
        apart = apart + self.texts[self.text_of[texts]][:, self.text_of]
        nearest = apart.topk(min(NEAREST, len(self.labels)), largest=False).indices
        shares = self.labels[nearest].mean(1).clamp(0.01, 0.99)
        return shares.logit() if self.multilabel else shares.log()


def neighbours(inputs: Inputs, image_of: Tensor, text_of: Tensor, labels: Tensor, classes: int) -> Neighbours:
    """Of a training split as a student reads it. labels: `(N,)`, or `(N, C)` of a multi-label task."""
    pictures, tokens = inputs.pictures, inputs.tokens
    seen = pictures.values if isinstance(pictures, Features) else _coarse(pictures).to(labels.device)
    words = tokens.values if isinstance(tokens, Features) else _counts(tokens)
    multilabel = labels.ndim == 2
    shares = labels.float() if multilabel else F.one_hot(labels, classes).float()
    return Neighbours(_distances(seen), _distances(words), image_of, text_of, shares, multilabel)


def _coarse(pictures: Pixels) -> Tensor:
    """The mean colours of a grid of cells, `(U, F)`."""
    batches = torch.arange(len(pictures)).split(_BATCH)
    return torch.cat([F.adaptive_avg_pool2d(as_pixels(pictures.gather(rows)), _COARSE).flatten(1) for rows in batches])


def _counts(ids: Tensor) -> Tensor:
    """How often a text `(V, L)` has each word, `(V, F)`."""
    counts = torch.zeros(len(ids), int(ids.max()) + 1, device=ids.device)
    counts.scatter_add_(1, ids, (ids > 0).float())
    return counts


def _distances(values: Tensor) -> Tensor:
    apart = torch.cdist(values, values)
    return apart / apart.mean().clamp(min=1e-6)
