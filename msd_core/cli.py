"""The commands of `msd`: names are resolved to tasks and models here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from msd_core.errors import UserError
from msd_core.naming.command import naming
from msd_core.study.command import study
from msd_core.subject import task_of_model
from msd_core.tasks import SPLITS, TASKS, load_task
from msd_core.terminal import (
    Json,
    Models,
    choice,
    new_app,
    note,
    print_json,
    report_errors,
)
from msd_core.training.command import distill_command, teach
from msd_core.views import VIEWS

app = new_app("Distil an image-text classifier, each modality by itself, and see which modality it listens to.")

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    TaskName = str
else:
    TaskName = choice("TaskName", TASKS)


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


@app.command()
def compare(
    task: Annotated[
        TaskName | None, typer.Option(help="Whose models to ask; if not given, the one that the first was trained on.")
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF; none for the text alone.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The text that goes with it; none for the picture alone.")] = None,
    model: Models = None,
    teacher: Annotated[str | None, typer.Option(help="The first of the models.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Another model; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Ask models about one pair with both modalities shown, one hidden, and both hidden.

    For example: msd compare --task easy-vqa --image shape.png --text "what color is the shape?"
    """
    from msd_core.comparison import compare as compare_models
    from msd_core.models.bundled import load_models

    with report_errors():
        models = [*([teacher] if teacher else []), *(model or ()), *(student or ())]
        if task is None and not models:
            raise UserError("There is no model to ask: give --task, or --teacher and the folder of one.")
        subject = task_of_model(models[0]) if task is None else load_task(task)
        answers = compare_models(subject, image, text, load_models(subject, models)).to_dict()
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


app.command(name="distill")(distill_command)
app.command()(teach)
app.command()(study)
app.command()(naming)
