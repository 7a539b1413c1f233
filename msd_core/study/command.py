"""`msd study`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from msd_core.errors import UserError
from msd_core.storage import home
from msd_core.study import options
from msd_core.study.arms import ARMS, LANGUAGES, MAIN
from msd_core.study.plan import Plan, whole_split
from msd_core.subject import find_task, read_options
from msd_core.tasks import WHOLE
from msd_core.terminal import (
    Blank,
    Column,
    Data,
    Images,
    Json,
    Least,
    Multilabel,
    console,
    note,
    print_json,
    report_errors,
)
from msd_core.training.config import Config
from msd_core.training.events import Event, Note, OnEvent, RunDone, Stage

_ARMS = ",".join(MAIN)
_Kind = TypeVar("_Kind", int, float)


def study(
    task: options.TaskName = None,
    data: Data = None,
    images: Images = None,
    column: Column = None,
    blank: Blank = None,
    least: Least = 1,
    multilabel: Multilabel = None,
    arms: options.Arms = _ARMS,
    seeds: options.Seeds = Plan.seeds,
    teachers: options.Teachers = None,
    train_size: options.TrainSize = None,
    epochs: options.Epochs = None,
    model: options.Model = None,
    sizes: options.Sizes = "",
    label_noise: options.LabelNoise = "",
    corrupt_text: options.CorruptText = "",
    languages: options.Languages = None,
    unlabelled: options.Unlabelled = None,
    search_weights: options.SearchWeights = False,
    at_once: options.AtOnce = None,
    out: options.Out = None,
    as_json: Json = False,
) -> None:
    """Run arms over seeds, and see what the differences do and do not show.

    For example: msd study --task easy-vqa --arms kd,kd+instance --seeds 20

    Teachers are trained first, with the meta split held out; then every arm's learning rate is chosen on validation by
    the same search; then the runs. Each runs on one thread, as many at once as there are cores. Kill it and give the
    same --out to go on. The comparison of kd+instance with kd is named beforehand, and so are three of recombined pairs
    (docs/method.md); all else is exploratory.
    """
    with report_errors():
        subject = find_task(task, data, images, read_options(column or (), blank, least, multilabel))
        named = {"all": ARMS, "languages": LANGUAGES}
        folder, recipe = out or home() / "studies" / subject.name, subject.recipe
        if languages is None:
            languages = recipe.languages if recipe else ""
        size, passes = (
            (min(recipe.study_size, whole_split(subject, languages)), recipe.study_epochs)
            if recipe
            else (Config.train_size, Config.epochs)
        )
        plan = Plan(
            task=subject.name, arms=named.get(arms, ()) or tuple(_items(arms)), seeds=seeds,
            teachers=(seeds if subject.drawn else Plan.teachers) if teachers is None else teachers, languages=languages,
            train_size=size if train_size is None else train_size, epochs=passes if epochs is None else epochs,
            model=str(model or (recipe.student if recipe else Plan.model)),
            sizes=tuple(WHOLE if size == "all" else _number(size, int, "sizes") for size in _items(sizes)),
            label_noise=tuple(_number(p, float, "label-noise") for p in _items(label_noise)),
            corrupt_text=tuple(_number(p, float, "corrupt-text") for p in _items(corrupt_text)),
            unlabelled=str(unlabelled.resolve()) if unlabelled else "", search_weights=search_weights,
        )  # fmt: skip
        if at_once is not None and at_once < 1:
            raise UserError(f"at-once is {at_once}: give 1 or more.")
        with live() as on_event:
            from msd_core.study.published import plain
            from msd_core.study.runner import run_study
            from msd_core.study.sheets import make_tables, print_sheets, print_transfer

            run_study(subject, plan, folder, on_event, at_once)
        table, differences = make_tables(subject, folder)
    print_sheets(table, differences)
    print_transfer(folder)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "contrasts": plain(differences), "runs": len(table)})


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _number(text: str, kind: Callable[[str], _Kind], option: str) -> _Kind:
    try:
        return kind(text)
    except ValueError:
        raise UserError(f"--{option} has {text!r} in it: give numbers with commas between.") from None


@contextmanager
def live() -> Iterator[OnEvent]:
    """A progress bar over the runs of each stage."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Starting", total=None)

        def on_event(event: Event) -> None:
            match event:
                case Stage():
                    progress.update(bar, description=event.text, completed=0, total=event.total)
                case RunDone():
                    progress.update(bar, completed=event.done, total=event.total)
                case Note():
                    note(event.text)

        yield on_event
