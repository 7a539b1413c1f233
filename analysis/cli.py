"""The commands of `msd-analysis`: names are resolved to tasks and models here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from msd_core.errors import UserError
from msd_core.models.bundled import load_models
from msd_core.models.files import LoadedModel
from msd_core.storage import atomic_write
from msd_core.subject import find_task, task_of_model
from msd_core.tasks import SPLITS, TASKS, Task, load_task
from msd_core.tasks.files import Options
from msd_core.terminal import Data, Images, Json, Models, choice, console, new_app, note, print_json, report_errors
from msd_core.views import VIEWS

app = new_app("See why image-text classifiers answer as they do: one pair, a whole dataset, or pairs of your own.")

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    TaskName = str
    SplitName = str
else:
    TaskName, SplitName = choice("TaskName", TASKS), choice("SplitName", SPLITS)
TaskOption = Annotated[
    TaskName | None, typer.Option(help="Whose models to ask; if not given, the one that the first was trained on.")
]
ImageOption = Annotated[
    Path | None, typer.Option(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF; none for the text alone.")
]
TextOption = Annotated[str | None, typer.Option(help="The text that goes with it; none for the picture alone.")]
MethodOption = Annotated[
    str,
    typer.Option(
        help="integrated-gradients, input-x-gradient, gradient-shap, feature-ablation, occlusion, shapley, kernel-shap."
    ),
]
BaselineOption = Annotated[str, typer.Option(help="What an absent patch looks like: white, grey, black or blur.")]
StepsOption = Annotated[
    int | None, typer.Option(help="Steps of integrated-gradients, instead of 128 (32 for models of large pictures).")
]
SamplesOption = Annotated[int | None, typer.Option(help="Samples of a method that draws some, instead of its own.")]
OutputOption = Annotated[str, typer.Option(help="probability or logit.")]


@app.command()
def attribute(
    task: TaskOption = None,
    image: ImageOption = None,
    text: TextOption = None,
    method: MethodOption = "integrated-gradients",
    label: Annotated[str | None, typer.Option(help="By default the one that the teacher finds likeliest.")] = None,
    output: OutputOption = "probability",
    view: Annotated[str, typer.Option(help="What the models may see: both, image or text.")] = "both",
    baseline: BaselineOption = "white",
    n_steps: StepsOption = None,
    n_samples: SamplesOption = None,
    data: Data = None,
    images: Images = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """See what each word and patch did for one label, how far to trust it, and how alike teacher and students are.

    For example: msd-analysis attribute --task easy-vqa --image shape.png --text "what color is the shape?"
    """
    with report_errors():
        from analysis.attribution.pair import Settings, attribute_pair

        subject = _pair_task(task, model, data, images)
        settings = Settings(method, label, output, view, baseline, n_steps, n_samples)
        pair = attribute_pair(subject, image, text, load_models(subject, model or ()), settings)
        faithfulness = pair.faithfulness()
    out = Console(emoji=False)
    for name, one in pair.maps.items():
        table = Table("word", output, title=f"{name}: {pair.label!r}", title_justify="left")
        for word, value in zip(one.words, one.word_values.tolist(), strict=True):
            table.add_row(escape(word), f"{value:+.4f}")
        if pair.comparison.text is not None:
            out.print(table)
        share = ", ".join(f"{m} {100 * s:.0f} %" for m, s in one.share.items()) if one.share else "nothing"
        delta = "" if one.delta is None else f"; the values miss {one.value - one.start:+.4f} by {one.delta:+.4f}"
        out.print(f"mass: {share}{delta}", highlight=False)
        if not faithfulness[name].beats_chance:
            note(f"{name}: this map does no better than random orders; do not read much into it.")
    for warning in pair.comparison.warnings:
        note(warning)
    if as_json:
        print_json(pair.to_dict() | {"faithfulness": {name: f.to_dict() for name, f in faithfulness.items()}})


@app.command()
def explore(
    task: TaskOption = None,
    output: Annotated[str, typer.Option(help="What EMAP works on: probability or logit.")] = "probability",
    data: Data = None,
    images: Images = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """See the whole test split: metrics by view, EMAP, Perceptual Score, calibration, and the gap from the teacher.

    For example: msd-analysis explore --task easy-vqa
    """
    with report_errors(), _bar() as progress:
        from analysis.dataset.survey import survey

        subject = find_task(task, data, images, Options(), model or ())
        models = load_models(subject, model or ())
        _note_other_rows(subject, models)
        numbers = survey(subject, models, output, report=progress).to_dict()
    for table in _tables(numbers):
        Console(emoji=False).print(table)
    for where, by_modality in numbers["saliency"].items():
        means = ", ".join(f"{m} {s:.3f}" for m, s in by_modality.items())
        Console(emoji=False).print(f"the teacher's mean saliency on {where} examples: {means} (bits)", highlight=False)
    if as_json:
        print_json(numbers)


def _tables(numbers: dict[str, Any]) -> list[Table]:
    """A survey's numbers in tables that fit a terminal."""
    by_view = Table("model", *VIEWS, title=f"{numbers['metric']} by view", title_justify="left")
    additive = Table("model", "metric", "its 95 % interval", "variance explained", title="EMAP", title_justify="left")
    perceptual = Table("model", "image", "text", title="Perceptual Score", title_justify="left")
    errors = Table("model", *VIEWS, title="calibration error by view", title_justify="left")
    gap = Table("student", *VIEWS, title="KL from the teacher by view (nats)", title_justify="left")
    for name, m in numbers["models"].items():
        by_view.add_row(name, *(f"{m['metrics'][view][numbers['metric']]:.4f}" for view in VIEWS))
        emap = m["emap"]
        ends = "{:.4f} to {:.4f}".format(*emap["interval"]) if emap["interval"] else "every pair fused"
        additive.add_row(name, f"{emap['metric']:.4f}", ends, f"{emap['explained']:.3f}")
        perceptual.add_row(name, *(f"{p['score']:.3f} ± {p['deviation']:.3f}" for p in m["perceptual_score"].values()))
        errors.add_row(name, *(f"{error:.4f}" for error in m["calibration_error"].values()))
        if m["gap"]:
            gap.add_row(name, *(f"{nats:.4f}" for nats in m["gap"].values()))
    return [by_view, additive, perceptual, errors, gap]


@app.command()
def point(
    task: TaskOption = None,
    method: MethodOption = "integrated-gradients",
    baseline: BaselineOption = "white",
    examples: Annotated[int, typer.Option(help="How many, evenly spread; more than there are means all.")] = 200,
    split: Annotated[SplitName, typer.Option(help="Of which split; choose settings on validation.")] = "test",
    data: Data = None,
    images: Images = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """Measure how often maps point at what decides, on tasks whose maker knows where in the picture that lies.

    Beside random maps, and maps that only know how far a pixel is from the baseline.

    For example: msd-analysis point --task sarcasm
    """
    with report_errors(), _bar() as progress:
        from analysis.attribution.pointing import pointing_game

        subject = find_task(task, data, images, Options(), model or ())
        every = subject.examples(split)
        if examples < 1:
            raise UserError("The number of examples must be at least 1.")
        spread = every[:: max(1, len(every) // examples)][:examples]
        scores, models = {}, load_models(subject, model or ())
        for i, (name, loaded) in enumerate(models.items()):
            progress(i / len(models), name)
            scores[name] = pointing_game(loaded, subject, spread, method, baseline)
    table = Table("model", "hits", "random", "contrast", "inside", "random", "contrast", "of")
    for name, p in scores.items():
        numbers = [p[f"{kind}{measure}"] for measure in ("accuracy", "inside") for kind in ("", "random_", "contrast_")]
        table.add_row(name, *(f"{n:.3f}" for n in numbers), str(p["examples"]))
    Console(emoji=False).print(table)
    if as_json:
        settings = {"task": subject.name, "split": str(split), "method": method, "baseline": baseline}
        print_json({**settings, "models": scores})


@app.command()
def batch(
    out: Annotated[Path, typer.Option(help="Where the answers go, as CSV.")],
    task: TaskOption = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="A CSV, JSON lines or Parquet with image (or file_name) and text, and perhaps label; "
            "none for the metadata.csv, .jsonl or .parquet among the images."
        ),
    ] = None,
    images: Annotated[Path | None, typer.Option(help="A ZIP of the images that it names, or their folder.")] = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """Ask about every pair of a table: answers by view and saliencies, one line a pair.

    For example: msd-analysis batch --task sarcasm --table pairs.csv --images pictures.zip --out answers.csv
    """
    with report_errors(), _bar() as progress:
        from analysis.dataset.batch import batch as answer_batch

        subject = _pair_task(task, model)
        with atomic_write(out) as temporary:
            archive = images if images is None or images.is_dir() else _bytes(images)
            lines = None if table is None else _bytes(table)
            answers = answer_batch(subject, lines, archive, load_models(subject, model or ()), progress)
            temporary.write_text(answers.to_csv(), encoding="utf-8", newline="")
    for bad in answers.bad:
        note(f"line {bad.row}: {bad.reason}")
    for each in answers.notes:
        note(each)
    Console(emoji=False).print(
        f"{len(answers.table):,} pairs answered, {len(answers.bad):,} lines not; in {out}", highlight=False
    )
    if as_json:
        print_json(answers.to_dict())


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Where the report goes, as HTML.")],
    task: TaskOption = None,
    image: Annotated[Path | None, typer.Option(help="A picture; the report is then of this one pair.")] = None,
    text: Annotated[str | None, typer.Option(help="A text; the report is then of this one pair.")] = None,
    data: Data = None,
    images: Images = None,
    model: Models = None,
    as_json: Json = False,
) -> None:
    """Write a report in one HTML file that opens offline: of one pair, or without one of the whole test split.

    For example: msd-analysis report --task digits --out digits.html
    """
    with report_errors(), _bar() as progress:
        from analysis.attribution.pair import attribute_pair
        from analysis.dataset.survey import survey
        from analysis.report import dataset_report, pair_report

        subject = find_task(task, data, images, Options(), model or ())
        models = load_models(subject, model or ())
        with atomic_write(out) as temporary:
            if image is None and text is None:
                page = dataset_report(survey(subject, models, report=progress))
            else:
                page = pair_report(attribute_pair(subject, image, text, models))
            temporary.write_text(page.html, encoding="utf-8")
    Console(emoji=False).print(f"written to {out}", highlight=False)
    if as_json:
        print_json(page.numbers)


def _pair_task(
    task: str | None, models: list[str] | None, data: Path | None = None, images: Path | None = None
) -> Task:
    """The task to ask about a pair, for which a model's own file tells enough."""
    if data is not None:
        return find_task(task, data, images, Options(), models or ())
    if task is None and not models:
        raise UserError("There is no model to ask: give --task, or --model and the folder of one.")
    return load_task(task) if task else task_of_model((models or [""])[0])


def _note_other_rows(task: Task, models: dict[str, LoadedModel]) -> None:
    """A model that was trained on other rows may have seen some that now test it."""
    for name, loaded in models.items():
        if task.files is not None and loaded.data != task.files.content:
            note(f"{name} was trained on other rows than these: it may have seen some that test it here.")


def _bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no ordinary file: check the path.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check the path.") from error


@contextmanager
def _bar() -> Iterator[Callable[[float, str], None]]:
    """A progress bar on standard error; yields what reports to it."""
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("Starting", total=1.0)
        yield lambda share, what: progress.update(bar, completed=share, description=what)
