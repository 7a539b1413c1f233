"""What a student's text tower learns before anything is classified, from the training split's texts in every language.

`kd`: the teacher's vector of each text, `1 - cos` of a linear map of the student's features, plus the mean squared
difference of the cosines between the texts of a batch (Park et al. 2019, "Relational Knowledge Distillation",
arXiv:1904.05068, have distances and angles; Reimers, Gurevych 2020, arXiv:2004.09813, distil vectors across languages).
Controls without a teacher, both by the contrast of a batch (van den Oord et al. 2018, arXiv:1807.03748):
`translation`: two names of one picture, in whatever languages, belong together. `itself`: a text belongs to itself, as
the tower's dropout leaves it twice (Gao et al. 2021, "SimCSE", arXiv:2104.08821).
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from msd_core.cache import cached_array
from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.models.base import Classifier, Features, Sequence
from msd_core.models.files import LoadedModel
from msd_core.models.towers import TextTower
from msd_core.models.two_tower import TwoTower
from msd_core.tasks import Split
from msd_core.tensors import hash_module
from msd_core.training.config import Config
from msd_core.training.corruption import as_read
from msd_core.training.events import OnEvent, Stage, ignore
from msd_core.training.sampler import schedule

LR, DECAY = 2e-2, 0.1  # of AdamW, its peak: by which names of the validation split come nearest to their vectors
BATCH = 256  # texts a step
TEMPERATURE = 0.05  # of the contrast
DIM = 128  # that a contrast compares

_REPORT_EVERY = 50  # steps


def text_tower(student: Classifier) -> TextTower:
    """The tower that is pretrained. Raises `UserError` for a model without one that learns."""
    if not isinstance(student, TwoTower) or student.text_tower.frozen_part is not None:
        raise UserError("Only a text tower that learns can be pretrained: choose another model, or no pretraining.")
    return student.text_tower


def pretrain(
    student: Classifier, everything: Split, config: Config, teacher: LoadedModel | None, on_event: OnEvent = ignore
) -> None:
    """Train the text tower in place. All of it follows from the seed, and is kept: other runs of the seed find it."""
    tower = text_tower(student)
    key = {
        "pretraining": config.pretraining,
        "epochs": config.pretraining_epochs,
        "seed": config.seed,
        "tower": hash_module(tower),
        "texts": everything.fingerprint,
        "teacher": teacher.weights_hash if teacher is not None and config.pretraining == "kd" else None,
        **({"misread": config.corrupt_text} if config.corrupt_text else {}),
    }

    def learned() -> np.ndarray:
        _train(tower, everything, config, teacher, on_event)
        return parameters_to_vector(tower.parameters()).detach().cpu().numpy()

    kept = torch.tensor(cached_array(key, learned, everything.place))
    vector_to_parameters(kept.to(next(tower.parameters()).device), tower.parameters())


def _train(tower: TextTower, everything: Split, config: Config, teacher: LoadedModel | None, on_event: OnEvent) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        loss = _loss(tower, everything, config, teacher).to(next(tower.parameters()).device).train()
        steps = max(1, config.pretraining_epochs * len(everything.texts) // BATCH)
        optimizer = torch.optim.AdamW(loss.parameters(), lr=LR, weight_decay=DECAY, fused=True)
        for step in range(steps):
            if step % _REPORT_EVERY == 0:
                on_event(Stage(f"Pretraining the text tower: step {step:,} of {steps:,}", steps))
            optimizer.param_groups[0]["lr"] = LR * schedule((step + 1) / (steps + 1))
            loss().backward()
            optimizer.step()
            optimizer.zero_grad()


class Pretraining(nn.Module):
    """A loss of a batch that it draws itself. ids: `(V, L)`, the texts as the tower reads them."""

    ids: Tensor

    def __init__(self, tower: TextTower, ids: Tensor, dim: int):
        super().__init__()
        self.tower, self.map = tower, nn.Linear(tower.features, dim)
        self.register_buffer("ids", ids)

    def vectors(self, texts: Sequence) -> Tensor:
        """Unit vectors `(B, dim)`."""
        return F.normalize(self.map(self.tower(texts)), dim=1)

    def embed(self, rows: Tensor) -> Sequence:
        ids = self.ids[rows]
        return self.tower.embed(ids[:, : max(1, int((ids != 0).sum(1).max()))])


class ToTeacher(Pretraining):
    """`kd`. vectors: the teacher's, `(V, T)`."""

    targets: Tensor

    def __init__(self, tower: TextTower, ids: Tensor, vectors: Tensor):
        super().__init__(tower, ids, vectors.shape[1])
        self.register_buffer("targets", F.normalize(vectors, dim=1))

    def forward(self) -> Tensor:
        rows = torch.randint(len(self.ids), (BATCH,))
        student, teacher = self.vectors(self.embed(rows)), self.targets[rows]
        alike = (student * teacher).sum(1).mean()
        return 1 - alike + F.mse_loss(student @ student.T, teacher @ teacher.T)


class Translation(Pretraining):
    """`translation`. names: of each picture the rows of its texts, `(P, K)`, over and over where it has fewer."""

    names: Tensor

    def __init__(self, tower: TextTower, ids: Tensor, names: Tensor):
        super().__init__(tower, ids, DIM)
        self.register_buffer("names", names)

    def forward(self) -> Tensor:
        pictures = torch.randperm(len(self.names))[: BATCH // 2]
        two = torch.rand(len(pictures), self.names.shape[1]).argsort(1)[:, :2]  # different ones
        rows = self.names[pictures].gather(1, two)  # (B/2, 2)
        return contrast(*(self.vectors(self.embed(each)) for each in rows.unbind(1)))


class Itself(Pretraining):
    """`itself`."""

    def __init__(self, tower: TextTower, ids: Tensor):
        super().__init__(tower, ids, DIM)

    def forward(self) -> Tensor:
        texts = self.embed(torch.randperm(len(self.ids))[: BATCH // 2])
        return contrast(self.vectors(texts), self.vectors(texts))


def contrast(one: Tensor, other: Tensor) -> Tensor:
    """InfoNCE of unit vectors `(B, D)`, both ways, nats: row i of one belongs to row i of the other."""
    scores, right = one @ other.T / TEMPERATURE, torch.arange(len(one), device=one.device)
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def _loss(tower: TextTower, everything: Split, config: Config, teacher: LoadedModel | None) -> Pretraining:
    ids = tower.tokenize(as_read(everything, config).texts).ids
    if config.pretraining == "translation":
        return Translation(tower, ids, _names(everything))
    if config.pretraining == "itself":
        return Itself(tower, ids)
    assert teacher is not None
    return ToTeacher(tower, ids, teacher_vectors(teacher, everything))


@torch.no_grad()
def teacher_vectors(teacher: LoadedModel, split: Split) -> Tensor:
    """What the teacher's text tower makes of each distinct text, `(V, T)`."""
    model = teacher.model
    if not isinstance(model, TwoTower):
        raise UserError("Only a teacher with a text tower has vectors of texts: choose another teacher.")
    inputs = read_inputs(model, split)
    parts = (inputs.texts(rows) for rows in inputs.text_rows())
    features = (part if isinstance(part, Features) else model.text_features(part) for part in parts)
    return torch.cat([model.text_tower.rest(each.values).float() for each in features])


def _names(split: Split) -> Tensor:
    """Of each picture with two texts or more the rows of its texts, `(P, K)`."""
    pairs = torch.stack([split.image_of, split.text_of], 1).unique(dim=0)
    texts = [part[:, 1] for part in pairs.split(pairs[:, 0].bincount().tolist()) if len(part) > 1]
    if not texts:
        raise UserError("No picture has two texts, so there are no translations: choose another pretraining.")
    most = max(map(len, texts))
    return torch.stack([part.repeat(-(-most // len(part)))[:most] for part in texts])
