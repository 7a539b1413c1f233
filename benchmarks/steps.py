"""Steps of training without the loop around them: bundled teacher and student, the same batches of easy-vqa."""

from collections.abc import Callable

import torch
from torch import Tensor

from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import new_student
from msd_core.training.objective import Objective
from msd_core.training.prepare import Setup, prepare
from msd_core.training.sampler import EpochOrder

LR = 1e-3


def bundled_run(config: Config) -> tuple[Setup, Objective]:
    """A run on easy-vqa before its first step, and what its student is trained for."""
    task = load_task("easy-vqa")
    student = new_student(task, config)
    setup = prepare(task, config, student, load_bundled(task, "teacher"))
    return setup, Objective(student, setup.method, setup.data["train"], config, task.multilabel)


def first_batches(objective: Objective, steps: int) -> tuple[Tensor, ...]:
    """The examples `(B,)` of so many steps of the first epoch."""
    order = EpochOrder(objective.data.split.image_of, objective.config.seed)
    return torch.tensor(list(order)).split(objective.config.batch_size)[:steps]


def stepper(config: Config, steps: int) -> Callable[[], None]:
    """A function that takes so many steps of a run with this config."""
    _, objective = bundled_run(config)
    optimizer = torch.optim.AdamW(objective.parameters(), lr=LR, fused=True)
    batches, weights = first_batches(objective, steps), objective.data.weights

    def work() -> None:
        for rows in batches:
            loss, _ = objective(rows, None if weights is None else weights[rows])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return work
