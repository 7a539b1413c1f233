"""`msd distill` and `msd teach`."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.storage import home
from msd_core.subject import find_task, read_options
from msd_core.tasks import TASKS, WHOLE, Task
from msd_core.terminal import (
    Blank,
    Column,
    Data,
    Images,
    Json,
    Least,
    Multilabel,
    choice,
    print_json,
    report_errors,
)
from msd_core.training.config import (
    COMPARED,
    FREEZINGS,
    PAIRS,
    PRETRAININGS,
    SHUFFLES,
    Config,
    default_config,
    teacher_config,
)
from msd_core.training.events import OnEvent, Stage
from msd_core.training.sheets import first_process, live_progress, print_result
from msd_core.views import NEITHER, VIEWS
from msd_core.weighting import DIRECTIONS, WEIGHTINGS

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time; and models are heavy
    from msd_core.models.files import LoadedModel

    TaskName = str
    Method = str
    Weighting = str
    ModelName = str
    SaliencyName = str
    Direction = str
    Shuffle = str
    ViewName = str
    Pretraining = str
    Freezing = str
    Pairs = str
    On = str
else:
    TaskName, Method, Weighting = choice("TaskName", TASKS), choice("Method", METHODS), choice("Weighting", WEIGHTINGS)
    ModelName, SaliencyName = choice("ModelName", ZOO), choice("SaliencyName", SALIENCIES)
    Direction, Shuffle = choice("Direction", DIRECTIONS), choice("Shuffle", SHUFFLES)
    ViewName, Pretraining = choice("ViewName", VIEWS[:NEITHER]), choice("Pretraining", PRETRAININGS)
    Freezing, Pairs, On = choice("Freezing", FREEZINGS), choice("Pairs", PAIRS), choice("On", COMPARED)


def distill_command(
    task: Annotated[
        TaskName | None, typer.Option(help="What is classified; if not given, what the teacher was trained on.")
    ] = None,
    data: Data = None,
    images: Images = None,
    column: Column = None,
    blank: Blank = None,
    least: Least = 1,
    multilabel: Multilabel = None,
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
    model: Annotated[
        ModelName | None,
        typer.Option(help=f"The small model to train; {Config.model}, or cut-student for your data."),
    ] = None,
    teacher: Annotated[
        str,
        typer.Option(help="'bundled' (the task's own, where it has one), the folder of a finished run, or 'none'."),
    ] = "bundled",
    epochs: Annotated[
        int | None, typer.Option(help=f"Passes over the training examples; {Config.epochs}, or what your data need.")
    ] = None,
    train_size: Annotated[
        int | None,
        typer.Option(
            help=f"Training examples, {Config.train_size:,} or all of your own; more than there are means all."
        ),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help=f"Examples a step; {Config.batch_size}, or fewer of few rows.")
    ] = None,
    lr: Annotated[
        float | None, typer.Option(help=f"Peak learning rate of AdamW; {Config.lr:g}, or your data's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the initial weights and the order of examples.")] = Config.seed,
    temperature: Annotated[
        float, typer.Option(help="Of the softmax: above 1 the teacher's runner-up labels count more.")
    ] = Config.temperature,
    lam: Annotated[float, typer.Option("--lambda", help="The labels' share of the loss, 0 to 1.")] = Config.lam,
    alpha: Annotated[
        float, typer.Option(help="Weight of the method's own term, on top of what its paper gives it.")
    ] = Config.alpha,
    beta: Annotated[float, typer.Option(help="Mean weight of the modality-specific terms.")] = Config.beta,
    saliency: Annotated[SaliencyName, typer.Option(help="What the weights follow.")] = Config.saliency,
    direction: Annotated[
        Direction, typer.Option(help="Weight a modality's term by its own saliency, or by the other's.")
    ] = Config.direction,
    modality_dropout: Annotated[
        float, typer.Option(help="Share of examples whose label term has a modality hidden.")
    ] = Config.modality_dropout,
    shuffle: Annotated[
        Shuffle,
        typer.Option(
            help="A control: shuffle the weights over examples, the single-view targets, the words' translations, or "
            "the targets of recombined pairs."
        ),
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
    label_smoothing: Annotated[
        float, typer.Option(help="Share of each label that is dealt out evenly over all, 0 to 0.99.")
    ] = Config.label_smoothing,
    text_noise: Annotated[
        float, typer.Option(help="Share of words that the student reads wrong as it trains, each time others.")
    ] = Config.text_noise,
    cross_fit: Annotated[
        int,
        typer.Option(
            help="Folds, 2 or more: each training row is answered by a teacher that did not learn from it. 0 for the "
            "teacher itself."
        ),
    ] = Config.cross_fit,
    unfreeze: Annotated[
        int, typer.Option(help="Last layers of pretrained towers that learn as well; 0 trains the head alone.")
    ] = Config.unfreeze,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages of the examples whose labels are learned from, as in en,de; all, or the task's own."
        ),
    ] = None,
    view: Annotated[
        ViewName,
        typer.Option(help="What labels and method are learned on: a student of the text never sees a picture."),
    ] = Config.view,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            help="A table of more texts without labels, CSV, JSON lines or Parquet: a column text, and where these are "
            "known image (the key of the picture that it is about) and language."
        ),
    ] = None,
    texts: Annotated[
        float, typer.Option(help="Weight of the teacher's answers to texts of every language, without their labels.")
    ] = Config.texts,
    pretraining: Annotated[
        Pretraining,
        typer.Option(
            help="What the text tower learns before, from these texts: the teacher's vectors (kd), which name one "
            "picture (translation), or to tell each from all others (itself)."
        ),
    ] = Config.pretraining,
    pretraining_epochs: Annotated[int, typer.Option(help="How often it sees each text then.")] = (
        Config.pretraining_epochs
    ),
    freeze_text: Annotated[
        Freezing,
        typer.Option(
            help="How far the text tower keeps what it learned then: all, half of each update, or softly, each layer "
            "as serves languages that are held out in turn."
        ),
    ] = Config.freeze_text,
    code_switching: Annotated[
        float,
        typer.Option(help="Share of words that come in another language as it learns, by the names of one picture."),
    ] = Config.code_switching,
    adversary: Annotated[
        float,
        typer.Option(help="Weight of keeping the language of texts, of every one, from an adversary that tells it."),
    ] = Config.adversary,
    on: Annotated[
        On, typer.Option(help="What is compared of each modality alone: answers, features before them, or both.")
    ] = Config.on,
    recombine: Annotated[
        str,
        typer.Option(
            help="Texts of other examples that the teacher is asked about beside each picture in a step, a number or "
            "'all' of the batch; 0 for none."
        ),
    ] = str(Config.recombine),
    gamma: Annotated[float, typer.Option(help="Weight of the teacher's answers to these pairs.")] = Config.gamma,
    pairs: Annotated[
        Pairs,
        typer.Option(
            help="Which pairs: any of the batch, with any text of the training split, or those of the batch where the "
            "teacher relates both most, where student and teacher differ most, or where the teacher is least sure; or, "
            "as controls, other real pairs without labels, noise, or answers by the labels of neighbours."
        ),
    ] = Config.pairs,
    questions: Annotated[
        int,
        typer.Option(
            help="Pairs that the teacher is asked about in all, once, with --pairs split: for one whose answers are "
            "dear. 0 for any number."
        ),
    ] = Config.questions,
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
    with report_errors():
        if out is None and int(os.environ.get("WORLD_SIZE", 1)) > 1:
            raise UserError("Several processes share one folder: name it with --out.")
        with live_progress() as on_event:
            options = read_options(column or (), blank, least, multilabel)
            subject = find_task(task, data, images, options, [teacher], _reading(on_event), default="easy-vqa")
            given = {
                "model": model and str(model),
                "epochs": epochs,
                "train_size": train_size,
                "lr": lr,
                "batch_size": batch_size,
                "languages": languages,
            }
            settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
            config = default_config(
                subject, method=str(method), weighting=str(weighting), seed=seed,
                temperature=temperature, lam=lam, beta=beta, saliency=str(saliency), direction=str(direction),
                modality_dropout=modality_dropout, shuffle=str(shuffle), hold_out=hold_out, label_noise=label_noise,
                corrupt_text=corrupt_text, label_smoothing=label_smoothing, text_noise=text_noise, unfreeze=unfreeze,
                view=str(view), texts=texts, pretraining=str(pretraining), pretraining_epochs=pretraining_epochs,
                freeze_text=str(freeze_text), cross_fit=cross_fit, code_switching=code_switching,
                adversary=adversary, alpha=alpha, on=str(on), recombine=_count(recombine), gamma=gamma,
                pairs=str(pairs), questions=questions,
                unlabelled=str(unlabelled.resolve()) if unlabelled else "", **settings,
            )  # fmt: skip
            from msd_core.training.distill import distill

            folder = out or _new_folder(f"{subject.name}-{method}-{weighting}")
            result = distill(subject, config, folder, _teacher(subject, teacher), on_event)
    _end(result, as_json)


def _count(text: str) -> int:
    """A number of texts; 'all' is any number."""
    if text == "all":
        return WHOLE
    try:
        return int(text)
    except ValueError:
        raise UserError(f"recombine is {text[:20]!r}: give a number of texts, or all.") from None


def _new_folder(name: str) -> Path:
    return home() / "runs" / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"


def _end(result: dict[str, Any], as_json: bool) -> None:
    if not first_process():
        return
    print_result(result)
    if as_json:
        print_json(result)


def _reading(on_event: OnEvent) -> Callable[[float, str], None]:
    """Reports the reading of files as a stage."""
    return lambda share, what: on_event(Stage(what))


def teach(
    data: Annotated[
        Path,
        typer.Option(
            help="Your pairs: a CSV, TSV, JSON lines or Parquet; or a folder or ZIP as the hub's imagefolder has them."
        ),
    ],
    images: Images = None,
    column: Column = None,
    blank: Blank = None,
    least: Least = 1,
    multilabel: Multilabel = None,
    model: Annotated[ModelName, typer.Option(help="The large model to train; use-effnet reads 16 languages.")] = (
        "minilm-effnet"
    ),
    unfreeze: Annotated[
        int, typer.Option(help="Last layers of pretrained towers that learn as well; 0 trains the head alone.")
    ] = Config.unfreeze,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training rows; what they need if not given.")
    ] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate of AdamW.")] = None,
    seed: Annotated[int, typer.Option(help="Of the initial weights and the order of examples.")] = Config.seed,
    languages: Annotated[
        str, typer.Option(help="Languages of the rows that it learns from, as in en,de; all if not given.")
    ] = Config.languages,
    out: Annotated[
        Path | None, typer.Option(help="The teacher's folder; the same one again goes on where it stopped.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a teacher on your own pairs, after a look at what is in them.

    For example: msd teach --data pairs.csv --images photos --out teachers/mine
    """
    with report_errors(), live_progress() as on_event:
        from msd_core.data_report import print_report
        from msd_core.training.distill import distill
        from msd_core.training.looks import look

        options = read_options(column or (), blank, least, multilabel)
        subject = find_task(None, data, images, options, (), _reading(on_event))
        given = {"epochs": epochs, "lr": lr}
        settings = {name: value for name, value in given.items() if value is not None}
        config = teacher_config(
            subject, model=str(model), unfreeze=unfreeze, seed=seed, languages=languages, **settings
        )
        report = look(subject, config, on_event)
        print_report(report)
        result = distill(subject, config, out or _new_folder(f"{subject.name}-teacher"), None, on_event)
    _end({**result, "data": report.to_dict()}, as_json)


def _teacher(task: Task, name: str) -> "LoadedModel | None":
    """The teacher of a run; None for a task that brings none along: whether one is needed, `distill` knows."""
    from msd_core.models.bundled import bundled_names, load_teacher

    if name == "none" or (name == "bundled" and "teacher" not in bundled_names(task)):
        return None
    return load_teacher(task, name)
