"""The commands of `msd`: names are resolved to tasks and models here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.storage import home
from msd_core.study.command import study
from msd_core.tasks import SPLITS, TASKS, Task, load_task
from msd_core.terminal import Json, Models, choice, console, new_app, note, print_json, report_errors
from msd_core.training.config import SHUFFLES, Config
from msd_core.training.events import Epoch, Event, OnEvent, Stage, Step
from msd_core.views import VIEWS
from msd_core.weighting import DIRECTIONS, WEIGHTINGS

app = new_app("Distil an image-text classifier, each modality by itself, and see which modality it listens to.")

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time; and models are heavy
    from msd_core.models.files import LoadedModel

    TaskName = str
    Method = str
    Weighting = str
    ModelName = str
    SaliencyName = str
    Direction = str
    Shuffle = str
else:
    TaskName, Method, Weighting = choice("TaskName", TASKS), choice("Method", METHODS), choice("Weighting", WEIGHTINGS)
    ModelName, SaliencyName = choice("ModelName", ZOO), choice("SaliencyName", SALIENCIES)
    Direction, Shuffle = choice("Direction", DIRECTIONS), choice("Shuffle", SHUFFLES)


@app.command()
def tasks(as_json: Json = False) -> None:
    """List the tasks: what is asked, the sizes of their splits, and the baselines that a result must beat.

    The baseline "text only" is the best guess that never sees the picture.
    """
    with report_errors():
        rows = [_describe(name) for name in TASKS]
    table = Table("task", "question", "labels", "train / validation / test", "metric", "majority", "text only")
    for row in rows:
        scores = row["baselines"]
        percents = [f"{100 * scores[k]:.1f} %" if scores else "-" for k in ("majority", "text_only")]
        sizes = " / ".join(f"{n:,}" for n in row["examples"].values())
        table.add_row(row["task"], row["question"], str(len(row["labels"])), sizes, row["metric"], *percents)
    Console().print(table)
    if as_json:
        print_json({"tasks": rows})


def _describe(name: str) -> dict[str, Any]:
    from msd_core.evaluate import main_metric
    from msd_core.models.bundled import baselines_of

    task = load_task(name)
    return {
        "task": name,
        "title": task.title,
        "question": task.question,
        "labels": list(task.labels),
        "multilabel": task.multilabel,
        "examples": {split: len(task.examples(split)) for split in SPLITS},
        "metric": main_metric(task),
        "baselines": baselines_of(task),
    }


@app.command(name="distill")
def distill_command(
    task: Annotated[TaskName, typer.Option(help="What is classified.")] = "easy-vqa",
    method: Annotated[
        Method,
        typer.Option(help="What the student learns from on image and text together: labels (ce), or the teacher too."),
    ] = Config.method,
    weighting: Annotated[
        Weighting,
        typer.Option(
            help="How much each modality alone counts: none (plain), the same for all, by the mean, by example, or as "
            "a small network learns."
        ),
    ] = Config.weighting,
    model: Annotated[ModelName, typer.Option(help="The small model to train.")] = Config.model,
    teacher: Annotated[
        str,
        typer.Option(help="'bundled' (the task's own, where it has one), the folder of a finished run, or 'none'."),
    ] = "bundled",
    epochs: Annotated[int, typer.Option(help="Passes over the training examples.")] = Config.epochs,
    train_size: Annotated[
        int, typer.Option(help="Training examples; more than there are means all.")
    ] = Config.train_size,
    batch_size: Annotated[int, typer.Option(help="Examples a step.")] = Config.batch_size,
    lr: Annotated[float, typer.Option(help="Peak learning rate of AdamW.")] = Config.lr,
    seed: Annotated[int, typer.Option(help="Of the initial weights and the order of examples.")] = Config.seed,
    temperature: Annotated[
        float, typer.Option(help="Of the softmax: above 1 the teacher's runner-up labels count more.")
    ] = Config.temperature,
    lam: Annotated[float, typer.Option("--lambda", help="The labels' share of the loss, 0 to 1.")] = Config.lam,
    beta: Annotated[float, typer.Option(help="Mean weight of the modality-specific terms.")] = Config.beta,
    saliency: Annotated[SaliencyName, typer.Option(help="What the weights follow.")] = Config.saliency,
    direction: Annotated[
        Direction, typer.Option(help="Weight a modality's term by its own saliency, or by the other's.")
    ] = Config.direction,
    modality_dropout: Annotated[
        float, typer.Option(help="Share of examples whose label term has a modality hidden.")
    ] = Config.modality_dropout,
    shuffle: Annotated[
        Shuffle, typer.Option(help="A control: shuffle the weights over examples, or the single-view targets.")
    ] = Config.shuffle,
    hold_out: Annotated[
        bool, typer.Option("--hold-out", help="Keep the meta split out of training, as learned weights always do.")
    ] = Config.hold_out,
    label_noise: Annotated[
        float, typer.Option(help="Share of training labels made wrong, 0 to 1.")
    ] = Config.label_noise,
    corrupt_text: Annotated[
        float, typer.Option(help="Share of words that the student reads wrong while the teacher reads the clean text.")
    ] = Config.corrupt_text,
    unfreeze: Annotated[
        int, typer.Option(help="Last layers of pretrained towers that learn as well; 0 trains the head alone.")
    ] = Config.unfreeze,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; the same one again goes on where it stopped.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Distil a student and see where it departs from its teacher, view by view.

    For example: msd distill --task easy-vqa --method kd --weighting instance

    On several processes: accelerate launch -m msd_core distill --out runs/msd (docs/scale.md).

    Plain distillation is --weighting none; labels alone are --method ce --weighting none. A teacher is trained so, too:
    --method ce --weighting none --teacher none --model teacher --modality-dropout 0.3. Interrupt it and give the
    same --out to go on from the last epoch. Cached teacher targets are of the pictures as they are: nothing is
    augmented at random.
    """
    name = f"{task}-{method}-{weighting}-{datetime.now():%Y%m%d-%H%M%S}"
    folder = out or home() / "runs" / name
    with report_errors():
        if out is None and int(os.environ.get("WORLD_SIZE", 1)) > 1:
            raise UserError("Several processes share one folder: name it with --out.")
        config = Config(
            method=str(method), weighting=str(weighting), model=str(model), epochs=epochs, train_size=train_size,
            batch_size=batch_size, lr=lr, seed=seed, temperature=temperature, lam=lam, beta=beta,
            saliency=str(saliency), direction=str(direction), modality_dropout=modality_dropout,
            shuffle=str(shuffle), hold_out=hold_out, label_noise=label_noise, corrupt_text=corrupt_text,
            unfreeze=unfreeze,
        )  # fmt: skip
        with live_progress() as on_event:
            from msd_core.training.distill import distill

            subject = load_task(task)
            result = distill(subject, config, folder, _teacher(subject, teacher), on_event)
    if not _first_process():
        return
    _print_result(result)
    if as_json:
        print_json(result)


def _teacher(task: Task, name: str) -> "LoadedModel | None":
    """The teacher of a run; None for a task that brings none along: whether one is needed, `distill` knows."""
    from msd_core.models.bundled import bundled_names, load_teacher

    if name == "none" or (name == "bundled" and "teacher" not in bundled_names(task)):
        return None
    return load_teacher(task, name)


def _first_process() -> bool:
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
        disable=not _first_process(),
    ) as progress:
        bar = progress.add_task("Starting", total=None, note="")

        def on_event(event: Event) -> None:
            match event:
                case Stage():
                    progress.update(bar, description=event.text)
                case Step():
                    terms = " ".join(f"{name} {value:.3f}" for name, value in event.terms.items())
                    progress.update(bar, description="Training", completed=event.step, total=event.steps, note=terms)
                case Epoch():
                    scores = ", ".join(f"{v} {next(iter(m.values())):.3f}" for v, m in event.metrics.items())
                    progress.console.print(
                        f"epoch {event.epoch} of {event.epochs}, validation: {scores}", highlight=False
                    )

        yield on_event


def _print_result(result: dict[str, Any]) -> None:
    table = Table("view", f"teacher {result['metric']}", f"student {result['metric']}", "KL (nats)", "same top label")
    for view in VIEWS:
        teacher = f"{result['teacher'][view]:.4f}" if result["teacher"] else "-"
        agreement = result["agreement"] and result["agreement"][view]
        numbers = (f"{agreement['kl']:.4f}", f"{100 * agreement['top']:.1f} %") if agreement else ("-", "-")
        table.add_row(view, teacher, f"{result['student'][view]:.4f}", *numbers)
    out = Console()
    out.print(table)
    if result.get("baselines"):
        scores = "a guess without the picture {text_only:.4f}, always the commonest {majority:.4f}".format(
            **result["baselines"]
        )
        out.print(f"To beat: {scores}", highlight=False)
    if result["realised_weights"]:
        parts = ", ".join(f"{m} {weight:.3f}" for m, weight in result["realised_weights"].items())
        out.print(f"Mean weight in the last epoch: {parts}", highlight=False)
    for name, values in (result.get("cost") or {}).items():
        if values:
            out.print(f"{name}: {cost_sentence(values)}", highlight=False)
    out.print(f"{result['seconds']:.1f} s; run in {result['run']}", markup=False, highlight=False, soft_wrap=True)


def cost_sentence(values: dict[str, float]) -> str:
    """What a model costs, for people."""
    return (
        f"{values['parameters']:,} parameters, {values['macs'] / 1e6:,.1f} million MACs and "
        f"{values['milliseconds']:.1f} ms a pair"
    )


@app.command()
def compare(
    task: Annotated[TaskName, typer.Option(help="Whose models to ask.")],
    image: Annotated[
        Path | None, typer.Option(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF; none for the text alone.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The text that goes with it; none for the picture alone.")] = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """Ask models about one pair with both modalities shown, one hidden, and both hidden.

    For example: msd compare --task easy-vqa --image shape.png --text "what color is the shape?"
    """
    from msd_core.comparison import compare as compare_models
    from msd_core.models.bundled import load_models

    with report_errors():
        subject = load_task(task)
        answers = compare_models(subject, image, text, load_models(subject, model or ())).to_dict()
    out = Console()
    for name, views in answers["predictions"].items():
        table = Table("view", "answers (probability)", title=name, title_justify="left")
        for view in VIEWS:
            best = sorted(views[view].items(), key=lambda item: -item[1])[:3]
            table.add_row(view, ", ".join(f"{label} {p:.3f}" for label, p in best))
        out.print(table)
        necessity = answers["saliency"][name]
        out.print(
            f"saliency (necessity): image {necessity['image']:.3f}, text {necessity['text']:.3f}", highlight=False
        )
        top = max(views["both"], key=views["both"].get)
        split = ", ".join(f"{part} {value:+.3f}" for part, value in answers["shapley"][name][top].items())
        out.print(f"Shapley split of {top!r}: {split}\n", highlight=False)
    for warning in answers["warnings"]:
        note(warning)
    if as_json:
        print_json(answers)


app.command()(study)
