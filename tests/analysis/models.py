"""Random models that a test can make in no time."""

import numpy as np
import torch
from PIL import Image

from msd_core.models.files import LoadedModel
from msd_core.models.zoo import Spec, build
from msd_core.tasks import Task
from tests.tiny import TINY


def random_model(task: Task, spec: Spec = TINY, seed: int = 0) -> LoadedModel:
    """A model of a task that never learned anything, without detector."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LoadedModel(build(spec, len(task.labels)).eval(), spec, task.name)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture of random pixels."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def tiny_task(labels: tuple[str, ...] = ("a", "b", "c", "d", "e"), multilabel: bool = False) -> Task:
    """A task that has names alone."""
    return Task("tiny", "Tiny", "Which?", labels, lambda split: [], lambda key: b"", lambda: "", multilabel)
