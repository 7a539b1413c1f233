"""The command line: `python -m analysis --help`."""

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from msd_core.errors import UserError
from msd_core.models.bundled import BUNDLED
from msd_core.storage import new_file
from msd_core.tasks import SPLITS, TASKS
from msd_core.terminal import Json, choice, console, new_app, note, one_sentence, print_json
from msd_core.views import VIEWS

app = new_app("See why image-text classifiers answer as they do: one pair, a whole dataset, or pairs of your own.")

TaskName, ModelName = choice("TaskName", TASKS), choice("ModelName", BUNDLED)
SplitName = choice("SplitName", SPLITS)
TaskOption = Annotated[TaskName, typer.Option(help="Whose models to ask.")]
ImageOption = Annotated[Path, typer.Option(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF.")]
TextOption = Annotated[str, typer.Option(help="The text that goes with it.")]
MethodOption = Annotated[
    str,
    typer.Option(
        help="integrated-gradients, input-x-gradient, gradient-shap, feature-ablation, occlusion, shapley, kernel-shap."
    ),
]
BaselineOption = Annotated[str, typer.Option(help="What an absent patch looks like: white, grey, black or blur.")]
EffortOption = Annotated[int | None, typer.Option(help="Steps, samples or permutations, instead of the method's own.")]
ModelsOption = Annotated[
    list[ModelName] | None, typer.Option("--model", help="Only this model, the teacher first (may be repeated).")
]
OutputOption = Annotated[str, typer.Option(help="probability or logit.")]


def _models(task: TaskName, only: list[ModelName] | None) -> dict:
    from msd_core.models.bundled import load_bundled

    return {name: load_bundled(task.value, name) for name in BUNDLED if not only or name in [m.value for m in only]}


@app.command()
def attribute(
    task: TaskOption,
    image: ImageOption,
    text: TextOption,
    method: MethodOption = "integrated-gradients",
    label: Annotated[str | None, typer.Option(help="By default the one that the teacher finds likeliest.")] = None,
    output: OutputOption = "probability",
    view: Annotated[str, typer.Option(help="What the models may see: both, image or text.")] = "both",
    baseline: BaselineOption = "white",
    effort: EffortOption = None,
    model: ModelsOption = None,
    as_json: Json = False,
) -> None:
    """Say what each word and patch did for one label, how far to trust it, and how alike teacher and students are.

    For example: python -m analysis attribute --task easy-vqa --image shape.png --text "what color is the shape?"
    """
    with one_sentence():
        from analysis.attribution.explain import Settings, explain

        found = explain(
            task.value, image, text, _models(task, model), Settings(method, label, output, view, baseline, effort)
        )
        faithful = found.faithfulness()
    out = Console(emoji=False)
    for name, one in found.maps.items():
        table = Table("word", output, title=f"{name}: {found.label!r}", title_justify="left")
        for word, value in zip(one.words, one.word_values.tolist(), strict=True):
            table.add_row(escape(word), f"{value:+.4f}")
        out.print(table)
        share = ", ".join(f"{m} {100 * s:.0f} %" for m, s in one.share.items()) if one.share else "nothing"
        delta = "" if one.delta is None else f"; the values miss {one.value - one.start:+.4f} by {one.delta:+.4f}"
        out.print(f"mass: {share}{delta}", highlight=False)
        if not faithful[name].beats_chance:
            note(f"{name}: this map does no better than random orders; do not read much into it.")
    for warning in found.comparison.warnings:
        note(warning)
    if as_json:
        print_json(found.to_dict() | {"faithfulness": {name: f.to_dict() for name, f in faithful.items()}})


@app.command()
def explore(
    task: TaskOption,
    output: Annotated[str, typer.Option(help="What EMAP works on: probability or logit.")] = "probability",
    model: ModelsOption = None,
    as_json: Json = False,
) -> None:
    """See the whole test split: metrics by view, EMAP, Perceptual Score, calibration, and the gap from the teacher.

    For example: python -m analysis explore --task easy-vqa
    """
    with one_sentence(), _bar() as report:
        from analysis.dataset.survey import survey

        found = survey(task.value, _models(task, model), output, report=report).to_dict()
    for table in _tables(found):
        Console(emoji=False).print(table)
    for where, by_modality in found["saliency"].items():
        said = ", ".join(f"{m} {s:.3f}" for m, s in by_modality.items())
        Console(emoji=False).print(f"the teacher's mean saliency on {where} examples: {said} (bits)", highlight=False)
    if as_json:
        print_json(found)


def _tables(found: dict) -> list[Table]:
    """A survey's numbers in tables that fit a terminal."""
    by_view = Table("model", *VIEWS, title=f"{found['metric']} by view", title_justify="left")
    additive = Table("model", "metric", "its 95 % interval", "variance explained", title="EMAP", title_justify="left")
    perceptual = Table("model", "image", "text", title="Perceptual Score", title_justify="left")
    errors = Table("model", *VIEWS, title="calibration error by view", title_justify="left")
    gap = Table("student", *VIEWS, title="KL from the teacher by view (nats)", title_justify="left")
    for name, m in found["models"].items():
        by_view.add_row(name, *(f"{m['metrics'][view][found['metric']]:.4f}" for view in VIEWS))
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
    task: TaskOption,
    method: MethodOption = "integrated-gradients",
    baseline: BaselineOption = "white",
    examples: Annotated[int, typer.Option(help="How many, evenly spread; more than there are means all.")] = 200,
    split: Annotated[SplitName, typer.Option(help="Of which split; choose settings on validation.")] = "test",
    as_json: Json = False,
) -> None:
    """Tell how often maps point at what decides, on tasks whose maker knows where in the picture that lies.

    Beside random maps, and maps that only know how far a pixel is from the baseline.

    For example: python -m analysis point --task sarcasm
    """
    with one_sentence(), _bar() as report:
        from analysis.attribution.pointing import pointing_game
        from msd_core.tasks import get_task

        asked = get_task(task.value)
        every = asked.examples(split.value)
        if examples < 1:
            raise UserError("That is no number of examples: give at least 1.")
        spread = every[:: max(1, len(every) // examples)][:examples]
        found = {}
        for i, (name, loaded) in enumerate(_models(task, None).items()):
            report(i / len(BUNDLED), name)
            found[name] = pointing_game(loaded, asked, spread, method, None, baseline)
    table = Table("model", "hits", "random", "contrast", "inside", "random", "contrast", "of")
    for name, p in found.items():
        numbers = [p[f"{kind}{measure}"] for measure in ("accuracy", "inside") for kind in ("", "random_", "contrast_")]
        table.add_row(name, *(f"{n:.3f}" for n in numbers), str(p["examples"]))
    Console(emoji=False).print(table)
    if as_json:
        settings = {"task": task.value, "split": split.value, "method": method, "baseline": baseline}
        print_json({**settings, "models": found})


@app.command()
def batch(
    task: TaskOption,
    table: Annotated[Path, typer.Option(help="A CSV with the columns image and text, and perhaps label.")],
    images: Annotated[Path, typer.Option(help="A ZIP of the images that it names, or their folder.")],
    out: Annotated[Path, typer.Option(help="Where the answers go, as CSV.")],
    model: ModelsOption = None,
    as_json: Json = False,
) -> None:
    """Ask about every pair of a table: answers by view and saliencies, one line a pair.

    For example: python -m analysis batch --task sarcasm --table pairs.csv --images pictures.zip --out answers.csv
    """
    with one_sentence(), _bar() as report:
        from analysis.dataset.batch import batch as ask

        with new_file(out) as temporary:
            archive = images if images.is_dir() else _bytes(images)
            found = ask(task.value, _bytes(table), archive, _models(task, model), report)
            temporary.write_text(found.to_csv(), encoding="utf-8", newline="")
    for bad in found.bad:
        note(f"line {bad.row}: {bad.reason}")
    Console(emoji=False).print(
        f"{len(found.table):,} pairs answered, {len(found.bad):,} lines not; in {out}", highlight=False
    )
    if as_json:
        print_json(found.to_dict())


@app.command()
def report(
    task: TaskOption,
    out: Annotated[Path, typer.Option(help="Where the report goes, as HTML.")],
    image: Annotated[Path | None, typer.Option(help="A picture; with --text, the report is of this one pair.")] = None,
    text: Annotated[str | None, typer.Option(help="The text that goes with it.")] = None,
    as_json: Json = False,
) -> None:
    """Write a report in one HTML file that opens offline: of one pair, or without one of the whole test split.

    For example: python -m analysis report --task digits --out digits.html
    """
    with one_sentence(), _bar() as watch:
        from analysis.attribution.explain import explain
        from analysis.dataset.survey import survey
        from analysis.report import dataset_report, pair_report

        if (image is None) != (text is None):
            raise UserError("A pair has two halves: give both --image and --text, or neither.")
        with new_file(out) as temporary:
            if image is None:
                made = dataset_report(survey(task.value, report=watch))
            else:
                made = pair_report(explain(task.value, image, text))
            temporary.write_text(made.html, encoding="utf-8")
    Console(emoji=False).print(f"written to {out}", highlight=False)
    if as_json:
        print_json(made.numbers)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check the path.") from error


@contextmanager
def _bar():
    """A progress bar on standard error; yields what reports to it."""
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("Starting", total=1.0)
        yield lambda share, what: progress.update(bar, completed=share, description=what)


@app.command(name="study")
def study_command(
    out: Annotated[Path, typer.Option(help="The folder for the SVG files.")] = Path("docs/figures"),
    as_json: Json = False,
) -> None:
    """Draw the studies in the box, as docs/findings.md shows them."""
    from analysis.study.pictures import write_pictures

    with one_sentence():
        written = write_pictures(out)
    Console().print(f"{len(written)} figures in {out}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"figures": [str(path) for path in written]})


if __name__ == "__main__":
    app()
