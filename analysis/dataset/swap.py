"""Every image with every text: the picture that shows what "needs both" means."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from analysis.dataset.additive import grid, interaction
from msd_core.compare import bundled_models, check_text
from msd_core.errors import UserError, choose
from msd_core.inputs import as_pixels
from msd_core.models.files import Loaded
from msd_core.pictures import letterbox, read_picture
from msd_core.tasks import Task, get_task

MOST = 12  # images, and texts


@dataclass(frozen=True)
class Swap:
    """`probabilities[model]` `(I, T, C)` of every image with every text, both shown."""

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

    def answers(self, model: str) -> list[list[str]]:
        """The likeliest label of every pair; of a multi-label task all labels found, comma-separated."""
        labels, values = self.task.labels, self.probabilities[model]
        if not self.task.multilabel:
            return [[labels[i] for i in row] for row in values.argmax(-1).tolist()]
        return [[_found(labels, cell) for cell in row] for row in values.tolist()]

    def likeliest(self) -> str:
        """The label in which the first model's answers differ most over the pairs."""
        return self.task.labels[int(next(iter(self.probabilities.values())).flatten(0, 1).var(0).argmax())]

    def to_dict(self) -> dict:
        """Plain data: `models[model]` has `answers[i][t]`, `probabilities[label][i][t]`, `interaction[label][i][t]`."""
        return {
            "task": self.task.name,
            "texts": list(self.texts),
            "models": {
                name: {
                    "answers": self.answers(name),
                    "probabilities": {label: self.of(name, label).tolist() for label in self.task.labels},
                    "interaction": {label: self.interaction(name, label).tolist() for label in self.task.labels},
                }
                for name in self.probabilities
            },
        }


def _found(labels: tuple[str, ...], chances: list[float]) -> str:
    return ", ".join(name for name, chance in zip(labels, chances, strict=True) if chance >= 0.5) or "none"


@torch.inference_mode()
def swap(
    task: str,
    images: list[Image.Image | str | Path | bytes],
    texts: list[str],
    models: dict[str, Loaded] | None = None,
) -> Swap:
    """Show each model every image with every text: I + T encodings, I x T fusions."""
    asked, models = get_task(task), bundled_models(task) if models is None else models
    for name, given in (("image", images), ("text", texts)):
        if not 2 <= len(given) <= MOST:
            raise UserError(f"There are {len(given)} {name}s: give 2 to {MOST}.")
    texts = [check_text(text) for text in texts]
    pixels = as_pixels(torch.from_numpy(np.stack([letterbox(read_picture(image)) for image in images])))
    found = {}
    for name, loaded in models.items():
        encoded = loaded.model.encode(pixels, loaded.model.tokenize(texts).ids)
        found[name] = grid(loaded.model, encoded.image, encoded.text, asked.multilabel)
    return Swap(asked, tuple(texts), found)
