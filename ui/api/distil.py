"""The public endpoint that distils."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from msd_core.training.events import to_dict
from ui.visitor.checks import check_config, check_task
from ui.work.housekeeping import is_read
from ui.work.jobs import begin, events

_OF_THE_SERVER = ("run", "environment")  # of a result: where it lies and what made it, which is nobody's business


def distill(
    task: str = "easy-vqa",
    method: str = "kd",
    weighting: str = "instance",
    student: str = "student",
    examples: int = 8000,
    epochs: int = 10,
    seed: int = 0,
    texts: str = "unread",
    recombine: int = 0,
    request: gr.Request | None = None,
) -> Iterator[dict[str, Any]]:
    """Distil a student from a task's teacher, and stream what happens.

    task: a task's name, or one of your own as `/teach` gave it, for which student may be cut-student or photo-student
    too, and epochs 1 to 500.
    method: ce, kd, dkd, dist, fitnets, simkd, rkd, sp or crd (dkd and dist need one label of three or more). weighting:
    none, uniform, population, instance, learned, lag or lag-population. student: student or student-tiny. examples:
    100 to 20,000. epochs: 1 to 30. texts: of a task in several languages, whose labels are known in one, what becomes
    of the names in all others: unread, beside (distilled with the labels) or before (the text tower learns the
    teacher's vectors of them first); its student may be gram-student too. recombine: 0 to 64 texts of other examples
    that the teacher is asked about beside each picture, without a label. Each event has a `kind`: `started` (with
    `run`, the id by which you alone can compare the student in `/compare` for a day), `stage`, `note`, `step` and
    `epoch` (losses in nats, metrics and agreement by view), and at last `done` (with `result`), `error` or `cancelled`
    (each with `text`). Whoever stops listening ends the job; none runs for more than 15 minutes.
    """
    subject = check_task(task)
    config = check_config(subject, method, weighting, student, examples, epochs, seed, texts, recombine)
    run = begin()
    yield {"kind": "started", "run": run}
    for event in events(subject, config, run, lambda: request is None or is_read(request)):
        plain = to_dict(event)
        if "result" in plain:
            plain["result"] = of_the_caller(plain["result"])
        yield plain


def of_the_caller(result: dict[str, Any]) -> dict[str, Any]:
    """A run's result without what is nobody's business."""
    return {key: value for key, value in result.items() if key not in _OF_THE_SERVER}
