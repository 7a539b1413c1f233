"""A run in a terminal: a bar while it goes on, and what came of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from msd_core.terminal import console, note
from msd_core.training.events import Epoch, Event, Note, OnEvent, Stage, Step
from msd_core.views import VIEWS

_LINES = 20  # of epochs, at most


def first_process() -> bool:
    """Whether this process speaks for all that `accelerate launch` started."""
    return int(os.environ.get("RANK", 0)) == 0


@contextmanager
def live_progress() -> Iterator[OnEvent]:
    """A progress bar that follows a run's events."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not first_process(),
    ) as progress:
        bar = progress.add_task("Starting", total=None, note="")

        last = 0

        def on_event(event: Event) -> None:
            nonlocal last
            match event:
                case Stage():
                    progress.update(bar, description=event.text)
                case Note():
                    note(event.text)
                case Step():
                    terms = " ".join(f"{name} {value:.3f}" for name, value in event.terms.items())
                    progress.update(bar, description="Training", completed=event.step, total=event.steps, note=terms)
                case Epoch() if event.epoch * _LINES // event.epochs > last * _LINES // event.epochs:
                    last = event.epoch
                    scores = ", ".join(f"{v} {next(iter(m.values())):.3f}" for v, m in event.metrics.items())
                    progress.console.print(
                        f"epoch {event.epoch} of {event.epochs}, validation: {scores}", highlight=False
                    )

        yield on_event


def print_result(result: dict[str, Any]) -> None:
    """What came of a run: beside its teacher, where it had one."""
    out = Console()
    out.print(_beside_teacher(result) if result["teacher"] else _alone(result))
    for sentence in _few_rows(result) + _linear(result):
        out.print(sentence, highlight=False)
    if result.get("baselines"):
        scores = "a guess without the picture {text_only:.4f}, always the commonest {majority:.4f}".format(
            **result["baselines"]
        )
        out.print(f"To beat: {scores}", highlight=False)
    if result["realised_weights"]:
        parts = ", ".join(f"{m} {weight:.3f}" for m, weight in result["realised_weights"].items())
        out.print(f"Mean weight in the last epoch: {parts}", highlight=False)
    if result.get("pair_answers"):
        out.print(f"Answers of the teacher to recombined pairs: {result['pair_answers']:,}", highlight=False)
    if result.get("gates"):
        parts = ", ".join(f"{layer} {gate:.2f}" for layer, gate in result["gates"].items())
        out.print(f"Share of its last update that each layer of the text tower took: {parts}", highlight=False)
    for name, values in (result.get("cost") or {}).items():
        if values:
            who = f"{name}: " if result["teacher"] else ""
            out.print(f"{who}{cost_sentence(values)}", highlight=False)
    out.print(f"{result['seconds']:.1f} s; run in {result['run']}", markup=False, highlight=False, soft_wrap=True)


def _alone(result: dict[str, Any]) -> Table:
    table = Table("view", result["metric"])
    for view in VIEWS:
        table.add_row(view, f"{result['student'][view]:.4f}")
    return table


def _beside_teacher(result: dict[str, Any]) -> Table:
    table = Table("view", f"teacher {result['metric']}", f"student {result['metric']}", "KL (nats)", "same top label")
    for view in VIEWS:
        agreement = result["agreement"][view]
        scores = (f"{result[who][view]:.4f}" for who in ("teacher", "student"))
        table.add_row(view, *scores, f"{agreement['kl']:.4f}", f"{100 * agreement['top']:.1f} %")
    return table


def _few_rows(result: dict[str, Any]) -> list[str]:
    """What so few rows say when each is tested by a model that did not see it."""
    found = result.get("cross_validated")
    if not found:
        return []
    scores = [f"{who} {found[who]['both']:.4f}" for who in ("teacher", "student") if found[who]]
    said = ", ".join(scores) if found["teacher"] else f"{found['student']['both']:.4f}"
    return [f"Each of the {found['rows']:,} rows tested by a model that did not see it: {said} on both."]


def _linear(result: dict[str, Any]) -> list[str]:
    """The linear model on the same features, and whether it wins."""
    found = result.get("linear")
    if not found:
        return []
    scores = ", ".join(f"{view} {score:.4f}" for view, score in found.items())
    wins = found["both"] > result["student"]["both"]
    return [f"A linear model on the same features: {scores}" + (": better than this model." if wins else ".")]


def cost_sentence(values: dict[str, float]) -> str:
    """What a model costs, for people."""
    return (
        f"{values['parameters']:,} parameters, {values['macs'] / 1e6:,.1f} million MACs and "
        f"{values['milliseconds']:.1f} ms a pair"
    )
