"""A whole MSD job against the plain way, and proof that both do the same. Bars: at least 4 x faster; equal numbers.

The job: easy-vqa, 8,000 examples x 10 epochs, bundled teacher and student, the cache empty at the start.
"""

import os
import tempfile
from dataclasses import replace

import torch

from benchmarks.plain import plain_loss
from benchmarks.timing import seconds
from msd_core.config import Config
from msd_core.inputs import as_pixels, read_inputs
from msd_core.methods import METHODS
from msd_core.models.base import Encoded
from msd_core.models.zoo import build, get_spec
from msd_core.setup import Setup, prepare
from msd_core.steps import Data, EpochOrder, Mix, Objective
from msd_core.storage import home
from msd_core.views import visible

CONFIG = Config()


def student_of(setup: Setup, dtype: torch.dtype):
    torch.manual_seed(0)
    return build(get_spec(CONFIG.student), len(setup.task.labels)).to(dtype)


def order_of(setup: Setup, epoch: int) -> list[torch.Tensor]:
    order = EpochOrder(setup.splits["train"].image_of, CONFIG.seed)
    order.epoch = epoch
    return list(torch.tensor(list(order)).split(CONFIG.batch))


def ours(setup: Setup, epochs: int, steps: int | None = None, dtype: torch.dtype = torch.float32):
    """Cached targets, towers once a distinct picture, views fused together; returns the student and the first step."""
    train, student = setup.splits["train"], student_of(setup, dtype)
    inputs = read_inputs(student, train)
    if dtype == torch.float64:
        inputs = _Doubled(inputs)
    data = Data(inputs, train.image_of, train.text_of, train.labels, setup.targets["train"].to(dtype),
                setup.weights.to(dtype))  # fmt: skip
    objective = Objective(student, data, Mix(), METHODS["kd"](CONFIG.tau, False))
    return student, _train(student, setup, epochs, steps, lambda rows: objective(rows, data.weights[rows])[0])


def plain(setup: Setup, epochs: int, steps: int | None = None, dtype: torch.dtype = torch.float32):
    """The same steps with teacher and student run on every view of every pair."""
    train, student = setup.splits["train"], student_of(setup, dtype)
    teacher = setup.teacher.model.to(dtype)
    inputs = read_inputs(student, train)
    weights = setup.weights.to(dtype)

    def loss_of(rows: torch.Tensor) -> torch.Tensor:
        images = as_pixels(inputs.pictures[train.image_of[rows]]).to(dtype)
        tokens = inputs.words[train.text_of[rows]]
        return plain_loss(student, teacher, images, tokens, train.labels[rows], weights[rows], Mix())

    first = _train(student, setup, epochs, steps, loss_of)
    setup.teacher.model.float()
    return student, first


class _Doubled:
    """Inputs in double precision."""

    def __init__(self, inputs):
        self.inputs = inputs

    def images(self, rows):
        return self.inputs.images(rows).double()

    def texts(self, rows):
        return self.inputs.texts(rows)


def _train(student, setup: Setup, epochs: int, steps: int | None, loss_of) -> tuple[torch.Tensor, list[torch.Tensor]]:
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, fused=True)
    batches = [rows for epoch in range(epochs) for rows in order_of(setup, epoch)][:steps]
    first = None
    for rows in batches:
        loss = loss_of(rows)
        loss.backward()
        first = first or (loss.detach(), [p.grad.clone() for p in student.parameters()])
        optimizer.step()
        optimizer.zero_grad()
    return first


def furthest(one: list[torch.Tensor], other: list[torch.Tensor]) -> float:
    """The largest absolute difference between two lists of tensors."""
    return max(float((a.double() - b.double()).abs().max()) for a, b in zip(one, other, strict=True))


def main() -> None:
    setup = prepare(CONFIG)
    (_, (loss, grads)), (_, (plain_first, plain_grads)) = ours(setup, 1, 1), plain(setup, 1, 1)
    apart = abs(float(loss - plain_first)), furthest(grads, plain_grads)
    print("one step: loss differs by {:.1e}, gradients by {:.1e} (bar 1e-5)".format(*apart))
    exact = _in_double(setup)
    (one, _), (other, _) = ours(exact, 1, 50, torch.float64), plain(exact, 1, 50, torch.float64)
    apart = furthest(list(one.state_dict().values()), list(other.state_dict().values()))
    print(f"50 steps in float64: weights differ by {apart:.1e} (bar 1e-6)")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(
            (home() / "tasks").resolve(), os.path.join(folder, "tasks")
        )  # the data is read by both; the targets are not there yet
        os.environ["MSD_HOME"] = folder
        took = seconds(lambda: ours(prepare(CONFIG), CONFIG.epochs))
    against = seconds(lambda: plain(setup, CONFIG.epochs))
    print(f"job {took:.1f} s with the cache filled, plain way {against:.1f} s: {against / took:.2f} x faster (bar 4)")


@torch.no_grad()
def _in_double(setup: Setup) -> Setup:
    """The same setup with targets from a teacher in double precision, each picture and text encoded once."""
    train, teacher = setup.splits["train"], setup.teacher.model.double()
    inputs = _Doubled(read_inputs(teacher, train))
    pictures, texts = torch.arange(len(train.images)), torch.arange(len(train.texts))
    image = torch.cat([teacher.encode(images=inputs.images(rows)).image for rows in pictures.split(256)])
    pairs = Encoded(image, teacher.encode(text=inputs.texts(texts)).text).take(train.image_of, train.text_of)
    answers = torch.stack([teacher.fuse(pairs, mask) for mask in visible(batch=len(train))], dim=1)
    teacher.float()
    return replace(setup, targets={"train": answers})


if __name__ == "__main__":
    main()
