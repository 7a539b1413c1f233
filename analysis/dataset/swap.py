"""Every image with every text: the picture that shows what "needs both" means."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.dataset.emap import grid, interaction
from msd_core.comparison import Picture, check_text
from msd_core.errors import UserError, choose
from msd_core.losses import kl
from msd_core.marginal import log_outcomes
from msd_core.models.files import LoadedModel, check_models
from msd_core.models.preprocess import as_pixels
from msd_core.tasks import Task
from msd_core.tasks.pictures import read_picture

MOST = 12  # images, and texts


@dataclass(frozen=True)
class Swap:
    """`probabilities[model]` `(I, T, C)` of every image with every text, both shown; the teacher's first, where there
    is one."""

    task: Task
    texts: tuple[str, ...]
    probabilities: dict[str, Tensor]

    def of(self, model: str, label: str) -> Tensor:
        """One label's probability, `(I, T)`."""
        return self.probabilities[model][..., self.task.labels.index(choose("label", label, self.task.labels))]

    def interaction(self, model: str, label: str) -> Tensor:
        """What is left of it without its additive part, `(I, T)`, -1 to 1: what EMAP removes. Rows and columns sum
        to 0."""
        return interaction(self.of(model, label))

    def distance(self, model: str) -> Tensor:
        """How far a model is from the first one on every pair, `(I, T)`: KL in nats, multi-label the mean over labels,
        at least 0."""
        first = next(iter(self.probabilities.values()))
        log_p, log_q = (log_outcomes(each, self.task.multilabel) for each in (first, self.probabilities[model]))
        return kl(log_p=log_p, log_q=log_q).clamp(min=0)

    def answers(self, model: str) -> list[list[str]]:
        """The likeliest label of every pair; of a multi-label task all that are present, comma-separated."""
        labels, values = self.task.labels, self.probabilities[model]
        if not self.task.multilabel:
            return [[labels[i] for i in row] for row in values.argmax(-1).tolist()]
        return [[_present(labels, cell) for cell in row] for row in values.tolist()]

    def likeliest(self) -> str:
        """The label in which the first model's answers differ most over the pairs."""
        return self.task.labels[int(next(iter(self.probabilities.values())).flatten(0, 1).var(0).argmax())]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: `models[model]` has `answers[i][t]`, `probabilities[label][i][t]`, `interaction[label][i][t]` and
        `distance[i][t]` from the first model."""
        return {
            "task": self.task.name,
            "texts": list(self.texts),
            "models": {
                name: {
                    "answers": self.answers(name),
                    "probabilities": {label: self.of(name, label).tolist() for label in self.task.labels},
                    "interaction": {label: self.interaction(name, label).tolist() for label in self.task.labels},
                    "distance": self.distance(name).tolist(),
                }
                for name in self.probabilities
            },
        }


def _present(labels: tuple[str, ...], probs: list[float]) -> str:
    return ", ".join(name for name, prob in zip(labels, probs, strict=True) if prob >= 0.5) or "none"


@torch.inference_mode()
def swap(task: Task, images: list[Picture], texts: list[str], models: dict[str, LoadedModel]) -> Swap:
    """Every image with every text, for each model: I + T encodings, I x T fusions.

    images, texts: 2 to `MOST` each. models: by name. Raises `UserError` for fewer or more, for what is no picture or no
    text, and where there is no model.
    """
    check_models(task, models)
    for name, values in (("image", images), ("text", texts)):
        if not 2 <= len(values) <= MOST:
            raise UserError(f"There are {len(values)} {name}s: give 2 to {MOST}.")
    texts, pictures = [check_text(text) for text in texts], [read_picture(image) for image in images]
    probs = {}
    for name, loaded in models.items():
        pixels = as_pixels(np.stack([loaded.model.preprocess(picture) for picture in pictures]))
        encoded = loaded.model.encode(pixels, loaded.model.tokenize(texts).ids)
        probs[name] = grid(loaded.model, encoded, task.multilabel)
    return Swap(task, tuple(texts), probs)
