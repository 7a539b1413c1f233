"""A whole MSD job against the plain way, and proof that both do the same. Bars: at least 4 x faster; equal numbers.

The job: easy-vqa, 8,000 examples x 10 epochs, bundled teacher and student. At the start of the job the data and its
pixels, which both sides read, are there; the teacher's targets are not.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor

from benchmarks.homes import home_with_data, make_pixels
from benchmarks.plain import plain_loss
from benchmarks.timing import seconds
from msd_core.evaluate import encode_split
from msd_core.inputs import Inputs, read_inputs
from msd_core.models.base import Classifier
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import new_student
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data, Setup, prepare
from msd_core.training.sampler import EpochOrder
from msd_core.views import visible

CONFIG = Config()
TASK = load_task("easy-vqa")

LossOf = Callable[[Tensor], Tensor]  # of the examples `(B,)` of a step
FirstStep = tuple[Tensor, list[Tensor]]  # its loss, and the gradient of every parameter


def prepared() -> tuple[Setup, Classifier]:
    """The job before its first step, and its student."""
    student = new_student(TASK, CONFIG)
    return prepare(TASK, CONFIG, student, load_bundled(TASK, "teacher")), student


def ours(setup: Setup, student: Classifier) -> LossOf:
    """Cached targets, towers once a distinct picture, views fused together."""
    data = setup.data["train"]
    objective = Objective(student, setup.method, data, CONFIG, multilabel=False)
    return lambda rows: objective(rows, _weights(data)[rows])[0]


def plain(setup: Setup, student: Classifier) -> LossOf:
    """Teacher and student run on every view of every pair."""
    data, teacher = setup.data["train"], setup.teacher
    assert teacher is not None

    def loss_of(rows: Tensor) -> Tensor:
        images = data.inputs.images(data.image_of[rows])
        tokens = data.inputs.texts(data.text_of[rows])
        assert isinstance(images, Tensor) and isinstance(tokens, Tensor)
        return plain_loss(
            student=student,
            teacher=teacher.model,
            images=images,
            tokens=tokens,
            labels=data.labels[rows],
            weights=_weights(data)[rows],
            config=CONFIG,
        )

    return loss_of


def _weights(data: Data) -> Tensor:
    assert data.weights is not None
    return data.weights


def train(setup: Setup, student: Classifier, loss_of: LossOf, epochs: int, steps: int | None = None) -> FirstStep:
    """Train the student in place, for so many steps at most; what its first step was."""
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, fused=True)
    first = None
    for rows in [rows for epoch in range(epochs) for rows in _batches(setup, epoch)][:steps]:
        loss = loss_of(rows)
        loss.backward()
        first = first or (loss.detach(), [p.grad.clone() for p in student.parameters() if p.grad is not None])
        optimizer.step()
        optimizer.zero_grad()
    assert first is not None
    return first


def _batches(setup: Setup, epoch: int) -> tuple[Tensor, ...]:
    order = EpochOrder(setup.data["train"].split.image_of, CONFIG.seed)
    order.epoch = epoch
    return torch.tensor(list(order)).split(CONFIG.batch_size)


class DoubleInputs(Inputs):
    """Inputs in double precision."""

    def images(self, rows: Tensor) -> Tensor:
        images = super().images(rows)
        assert isinstance(images, Tensor)
        return images.double()


@torch.no_grad()
def in_double(setup: Setup) -> Setup:
    """The same with a teacher in double precision, its targets too, each picture and text encoded once."""
    data, teacher = setup.data["train"], setup.teacher
    assert teacher is not None
    model = deepcopy(teacher.model).double()
    inputs = read_inputs(model, data.split)
    inputs = DoubleInputs(inputs.pictures, inputs.tokens)
    pairs = encode_split(model, inputs).gather(data.image_of, data.text_of)
    targets = torch.stack([model.fuse(pairs, mask) for mask in visible(batch=len(data.split))], dim=1)
    exact = replace(data, inputs=inputs, teacher_logits=targets, weights=_weights(data).double())
    return replace(setup, data={"train": exact}, teacher=replace(teacher, model=model))


def furthest(one: list[Tensor], other: list[Tensor]) -> float:
    """The largest absolute difference between two lists of tensors."""
    return max(float((a.double() - b.double()).abs().max()) for a, b in zip(one, other, strict=True))


def same_first_step(setup: Setup) -> None:
    """Loss and gradients of one step."""
    students = [new_student(TASK, CONFIG) for _ in range(2)]
    loss, gradients = train(setup, students[0], ours(setup, students[0]), 1, 1)
    plain_first, plain_gradients = train(setup, students[1], plain(setup, students[1]), 1, 1)
    apart = abs(float(loss - plain_first)), furthest(gradients, plain_gradients)
    print("one step: loss differs by {:.1e}, gradients by {:.1e} (bar 1e-5)".format(*apart))


def same_weights(setup: Setup) -> None:
    """The weights after 50 steps in double precision."""
    exact = in_double(setup)
    students = [new_student(TASK, CONFIG).double() for _ in range(2)]
    for student, side in zip(students, (ours, plain), strict=True):
        train(exact, student, side(exact, student), 1, 50)
    apart = furthest(*(list(student.state_dict().values()) for student in students))
    print(f"50 steps in float64: weights differ by {apart:.1e} (bar 1e-6)")


def job() -> None:
    """All of it, from what is on disk."""
    setup, student = prepared()
    train(setup, student, ours(setup, student), CONFIG.epochs)


def plain_job(setup: Setup) -> None:
    """All of it the plain way."""
    student = new_student(TASK, CONFIG)
    train(setup, student, plain(setup, student), CONFIG.epochs)


def main() -> None:
    setup, student = prepared()
    same_first_step(setup)
    same_weights(setup)
    with home_with_data(TASK):
        make_pixels(TASK, student.preprocess)
        took = seconds(job)
    against = seconds(lambda: plain_job(setup))
    print(f"job {took:.1f} s with the cache filled, plain way {against:.1f} s: {against / took:.2f} x faster (bar 4)")


if __name__ == "__main__":
    main()
