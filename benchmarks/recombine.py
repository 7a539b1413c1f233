"""A KD step with 8 recombined pairs an example against one without: bundled student, the same batches of easy-vqa. Bar:
at most 1.35 x. Beside it the plain way, in which models run whole on each pair, and what memory the pairs take as their
number grows."""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.memory import peak_bytes
from benchmarks.steps import LR, bundled_run, first_batches
from benchmarks.timing import side_by_side
from msd_core.losses import kd
from msd_core.models.bundled import load_bundled
from msd_core.tasks import WHOLE, load_task
from msd_core.training.config import Config
from msd_core.training.objective import Objective
from msd_core.training.recombination import recombine
from msd_core.views import visible

TEXTS, STEPS = 8, 20


def stepper(objective: Objective, loss: Callable[[int, Tensor], Tensor], steps: int = STEPS) -> Callable[[], None]:
    """A function that takes so many steps along a loss, of a step's number and its examples."""
    optimizer = torch.optim.AdamW(objective.parameters(), lr=LR, fused=True)
    batches = first_batches(objective, steps)

    def work() -> None:
        for step, rows in enumerate(batches):
            loss(step, rows).backward()
            optimizer.step()
            optimizer.zero_grad()

    return work


def recombining(texts: int) -> tuple[Objective, Callable[[int, Tensor], Tensor]]:
    """A run in which each picture is asked about with so many other texts, 0 for none, and its loss."""
    _, objective = bundled_run(Config(weighting="none", recombine=texts))
    config, fusion = objective.config, objective.data.fusion

    def loss(step: int, rows: Tensor) -> Tensor:
        pairs = None if fusion is None else recombine(config, rows, slice(None), step, fusion, False)
        return objective(rows, recombined=pairs)[0]

    return objective, loss


def plainly(texts: int, teacher_whole: bool = True) -> tuple[Objective, Callable[[int, Tensor], Tensor]]:
    """The same with the student run whole on every pair, and the teacher as well."""
    objective, _ = recombining(texts)
    config, data, student = objective.config, objective.data, objective.student
    teacher = load_bundled(load_task("easy-vqa"), "teacher").model
    masks = visible(("both",), (1 + texts) * config.batch_size)[0]

    def loss(step: int, rows: Tensor) -> Tensor:
        pairs = recombine(config, rows, slice(None), step, data.fusion, False)
        image_of = data.image_of[torch.cat([rows, rows[pairs.pictures]])]
        text_of = data.text_of[torch.cat([rows, pairs.texts])]
        images, tokens, seen = data.inputs.images(image_of), data.inputs.texts(text_of), masks[: len(image_of)]
        answers = data.fusion.logits(rows[pairs.pictures], pairs.texts)
        if teacher_whole:
            with torch.no_grad():
                answers = teacher.fuse(teacher.encode(images[len(rows) :], tokens[len(rows) :]), seen[len(rows) :])
        logits = student.fuse(student.encode(images, tokens), seen)
        targets = torch.cat([data.teacher_logits[rows, 0], answers])
        soft = kd(teacher=targets, student=logits, temperature=config.temperature, multilabel=False)
        label = torch.nn.functional.cross_entropy(logits[: len(rows)], data.labels[rows])
        own, recombined = soft[: len(rows)].mean(), soft[len(rows) :].mean()
        return config.lam * label + (1 - config.lam) * (own + config.gamma * recombined)

    return objective, loss


def main() -> None:
    kd_step, with_pairs, plain = recombining(0), recombining(TEXTS), plainly(TEXTS)
    rows = first_batches(kd_step[0], 1)[0]
    torch.testing.assert_close(plain[1](0, rows), with_pairs[1](0, rows), atol=1e-5, rtol=1e-5)
    one, other, ratio = side_by_side(stepper(*with_pairs), stepper(*kd_step), rounds=20)
    milliseconds = f"{one / STEPS * 1e3:.2f} ms with {TEXTS} texts a picture, KD step {other / STEPS * 1e3:.2f} ms"
    print(f"{milliseconds}: {ratio:.3f} x (bar 1.35)")
    few = 3
    for answers, what in ((False, "the student whole on every pair"), (True, "the teacher, too")):
        slow, _, ratio = side_by_side(stepper(*plainly(TEXTS, answers), few), stepper(*kd_step, few), rounds=5)
        print(f"the plain way, {what}: {slow / few * 1e3:.0f} ms, {ratio:.1f} x")
    for texts in (0, TEXTS, 32, WHOLE):
        _, loss = recombining(texts)
        live = peak_bytes(lambda loss=loss: loss(0, rows).backward())
        name = "all other" if texts == WHOLE else texts
        print(f"{name} texts a picture: {live / 1e6:.1f} MB of live tensors at most")


if __name__ == "__main__":
    main()
