"""`msd distill` and `msd teach`."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from msd_core.errors import UserError
from msd_core.storage import home
from msd_core.subject import find_task, read_options
from msd_core.tasks import WHOLE, Task
from msd_core.terminal import (
    Blank,
    Column,
    Data,
    Images,
    Json,
    Least,
    Multilabel,
    print_json,
    report_errors,
)
from msd_core.training import options
from msd_core.training.config import (
    Config,
    default_config,
    teacher_config,
)
from msd_core.training.events import OnEvent, Stage
from msd_core.training.sheets import first_process, live_progress, print_result

if TYPE_CHECKING:  # heavy
    from msd_core.models.files import LoadedModel


def distill_command(
    task: options.TaskName = None,
    data: Data = None,
    images: Images = None,
    column: Column = None,
    blank: Blank = None,
    least: Least = 1,
    multilabel: Multilabel = None,
    method: options.Method = Config.method,
    weighting: options.Weighting = Config.weighting,
    model: options.Model = None,
    teacher: options.Teacher = "bundled",
    epochs: options.Epochs = None,
    train_size: options.TrainSize = None,
    batch_size: options.BatchSize = None,
    lr: options.Lr = None,
    seed: options.Seed = Config.seed,
    temperature: options.Temperature = Config.temperature,
    lam: options.Lambda = Config.lam,
    alpha: options.Alpha = Config.alpha,
    beta: options.Beta = Config.beta,
    saliency: options.Saliency = Config.saliency,
    direction: options.Direction = Config.direction,
    modality_dropout: options.ModalityDropout = Config.modality_dropout,
    shuffle: options.Shuffle = Config.shuffle,
    hold_out: options.HoldOut = Config.hold_out,
    label_noise: options.LabelNoise = Config.label_noise,
    corrupt_text: options.CorruptText = Config.corrupt_text,
    label_smoothing: options.LabelSmoothing = Config.label_smoothing,
    text_noise: options.TextNoise = Config.text_noise,
    cross_fit: options.CrossFit = Config.cross_fit,
    unfreeze: options.Unfreeze = Config.unfreeze,
    languages: options.Languages = None,
    view: options.View = Config.view,
    unlabelled: options.Unlabelled = None,
    texts: options.Texts = Config.texts,
    pretraining: options.Pretraining = Config.pretraining,
    pretraining_epochs: options.PretrainingEpochs = Config.pretraining_epochs,
    freeze_text: options.FreezeText = Config.freeze_text,
    code_switching: options.CodeSwitching = Config.code_switching,
    adversary: options.Adversary = Config.adversary,
    on: options.On = Config.on,
    recombine: options.Recombine = str(Config.recombine),
    gamma: options.Gamma = Config.gamma,
    pairs: options.Pairs = Config.pairs,
    questions: options.Questions = Config.questions,
    out: options.Out = None,
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
            columns = read_options(column or (), blank, least, multilabel)
            subject = find_task(task, data, images, columns, [teacher], _reading(on_event), default="easy-vqa")
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
    model: Annotated[
        options.ModelName, typer.Option(help="The large model to train; use-effnet reads 16 languages.")
    ] = ("minilm-effnet"),
    unfreeze: options.Unfreeze = Config.unfreeze,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training rows; what they need if not given.")
    ] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate of AdamW.")] = None,
    seed: options.Seed = Config.seed,
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

        columns = read_options(column or (), blank, least, multilabel)
        subject = find_task(None, data, images, columns, (), _reading(on_event))
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
