"""Distillation: a task, a config and a teacher in, a trained student in its folder and a result out."""

import os
import platform
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from msd_core.cost import cost
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    main_metric,
    metrics_by_view,
    scores_by_language,
    split_features,
)
from msd_core.inputs import read_inputs
from msd_core.marginal import marginal, marginal_agreement
from msd_core.methods import METHODS
from msd_core.models.base import Classifier, Encoded
from msd_core.models.bundled import baselines_of
from msd_core.models.files import LoadedModel, load_model, save_model
from msd_core.models.zoo import Spec, build, fit_spec, get_spec, parameters
from msd_core.ood import detector_file, fit_detector, save_detector
from msd_core.tasks import Task, load_split
from msd_core.training.config import Config, teacher_config
from msd_core.training.cross_fit import CrossFit
from msd_core.training.cross_validation import cross_validate, is_fold
from msd_core.training.events import Done, OnEvent, Stage, ignore
from msd_core.training.linear_scores import linear_scores
from msd_core.training.prepare import Setup, check, prepare
from msd_core.training.pretraining import pretrain
from msd_core.training.processes import first_process_first, new_accelerator
from msd_core.training.recombination import answer_count
from msd_core.training.runs import Run, open_run, record
from msd_core.training.trainer import RECORDS, Trainer
from msd_core.views import BOTH, MODALITIES, VIEWS


def distill(
    task: Task,
    config: Config,
    folder: str | Path,
    teacher: LoadedModel | None = None,
    on_event: OnEvent = ignore,
    records: int = RECORDS,
) -> dict[str, Any]:
    """Train one student in a folder of its own.

    A folder that holds an interrupted run of the same task, config and teacher goes on from its last epoch and ends
    with the numbers of an unbroken one; a finished one gives its result again. Under `accelerate launch` every process
    calls this with the same folder; the first one writes and reports.

    teacher: None for a config that needs none; the student is then fit to be a teacher, and learns what is out of
    distribution. on_event: called with each `Event`. records: epochs at most that are validated and kept. Returns the
    result as plain data. Raises `UserError` for a folder that cannot be used, and where `check` does; `Diverged` where
    the learning rate was too high.
    """
    commit()  # as the code was loaded
    accelerator = new_accelerator()
    check(task, config, teacher, accelerator.num_processes)  # before a folder is made
    if not accelerator.is_main_process:
        on_event = ignore
    with first_process_first(accelerator):
        run = open_run(Path(folder), record(task, config, None if teacher is None else teacher.origin))
    if (known := run.result) is not None:
        on_event(Done(known))
        return known
    started = time.perf_counter()
    with first_process_first(accelerator):  # the first fills the caches, the others find them
        share = accelerator.device.type == "cpu"
        student = new_student(task, config, share, teacher).to(accelerator.device)
        crossed = None
        if config.cross_fit and teacher is not None:
            crossed = CrossFit(task, teacher, config.cross_fit, accelerator, on_event).targets
        setup = prepare(task, config, student, teacher, accelerator.device, on_event, crossed)
    around = time.perf_counter() - started
    if config.pretraining != "none" and not run.checkpoint_file.exists():
        pretrain(student, setup.unlabelled, config, teacher, on_event)
    trainer = Trainer(student, setup, run, accelerator, on_event, 1 if is_fold(task) else records)
    trainer.fit()
    seconds = trainer.seconds
    on_event(Stage("Testing"))
    started = time.perf_counter()
    result, logits = _result(trainer, run)
    result["seconds"] = around + seconds + time.perf_counter() - started
    if not is_fold(task):
        texts = trainer.setup.data["test"].split.texts
        models = {"student": student, "teacher": teacher and teacher.model}
        result["cost"] = {name: model and cost(model, texts).to_dict() for name, model in models.items()}
        if teacher is None or fold_folder(Path(teacher.origin), 0).is_dir():
            result["cross_validated"] = cross_validate(task, partial(_fold, config, run.folder, teacher, on_event))
    if accelerator.is_main_process:
        _save(trainer, run, result, logits)
    accelerator.wait_for_everyone()
    on_event(Done(result))
    return result


def train_teacher(task: Task, folder: str | Path, on_event: OnEvent = ignore, **changes: Any) -> dict[str, Any]:
    """Train a teacher as the task's recipe says, in a folder of its own, and return the result as `distill` does.

    changes: settings that shall be others, as in `Config`: `model`, `epochs`, `seed`, ...
    """
    return distill(task, teacher_config(task, **changes), folder, None, on_event)


def _fold(
    config: Config, folder: Path, teacher: LoadedModel | None, on_event: OnEvent, fold: int, task: Task
) -> dict[str, Any]:
    """The result of a fold, which has a run of its own; its teacher is the one of the same fold."""
    on_event(Stage(f"Testing each row by a model that did not see it: part {fold + 1}"))
    part = None if teacher is None else load_model(fold_folder(Path(teacher.origin), fold), task)
    return distill(task, config, fold_folder(folder, fold), part)


def fold_folder(folder: Path, fold: int) -> Path:
    """Where the run of a fold lies."""
    return folder / "folds" / str(fold)


def student_spec(task: Task, config: Config, teacher: LoadedModel | None = None) -> Spec:
    """What a run trains, fitted to the texts of the task's training split, and to the teacher whose head it has."""
    spec = get_spec(config.model)
    if teacher is not None and METHODS[config.method].borrows_head:
        spec = replace(spec, dim=teacher.spec.dim, hidden=teacher.spec.hidden)
    return fit_spec(spec, load_split(task, "train").texts if spec.needs_texts else [], config.unfreeze)


def new_student(task: Task, config: Config, share: bool = False, teacher: LoadedModel | None = None) -> Classifier:
    """The untrained student of a run; its first weights follow from the seed. share: as for `build`. teacher: for a
    method that takes over its head."""
    spec = student_spec(task, config, teacher)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        student = build(spec, len(task.labels), share)
    if teacher is not None and METHODS[config.method].borrows_head:
        student.borrow_head(teacher.model)
    return student


def initial_student(loaded: LoadedModel, classes: int, teacher: LoadedModel | None = None) -> LoadedModel | None:
    """A student as it was before its first step; None where nothing says which seed it started from. teacher: for one
    that has its head."""
    config = loaded.info.get("config", {})
    seed = loaded.info.get("seed", config.get("seed"))
    if not isinstance(seed, int):
        return None
    with torch.inference_mode(False), torch.random.fork_rng():
        torch.manual_seed(seed)
        student = build(loaded.spec, classes, share=True).eval()
    student.take_scales(loaded.model)
    if teacher is not None and METHODS[config.get("method", "ce")].borrows_head:
        student.borrow_head(teacher.model)
    return replace(loaded, model=student, info={})


def _save(trainer: Trainer, run: Run, result: dict[str, Any], logits: Tensor) -> None:
    """Everything of a finished run; the result last, so that where it is the rest is."""
    setup, weights = trainer.setup, trainer.weights()
    info = {"name": setup.config.title, "config": run.config}
    save_model(run.model_file, trainer.student, student_spec(setup.task, setup.config, setup.teacher), setup.task, info)
    if setup.teacher is None and setup.config.view == "both":
        inputs = {name: setup.data[name].inputs for name in ("train", "validation")}
        if setup.config.languages:  # what is in the task is so in every language
            splits = {"train": setup.everything, "validation": load_split(setup.task, "validation")}
            inputs = {name: read_inputs(trainer.student, split) for name, split in splits.items()}
        features = {name: split_features(trainer.student, each) for name, each in inputs.items()}
        save_detector(detector_file(run.model_file), fit_detector(**features))
    run.save_tensors("test.safetensors", {"logits": logits[:, BOTH].half()})
    if weights is not None and setup.saliency is not None:
        run.save_tensors("weights.safetensors", {"weights": weights, "saliency": setup.saliency})
    run.write_json("metrics.json", {"history": trainer.history})
    run.write_json("result.json", result)


def _result(trainer: Trainer, run: Run) -> tuple[dict[str, Any], Tensor]:
    """Test metrics and agreement by view, sizes, and what is needed to repeat the run; and the logits `(N, 4, C)`."""
    student, setup, weights = trainer.student, trainer.setup, trainer.weights()
    task, config, test, fusion = setup.task, setup.config, setup.data["test"], trainer.train.fusion
    encoded = encode_split(student, test.inputs)
    logits = fuse_split(student, encoded, test.split)
    scores, metric = metrics_by_view(task, logits, test.split.labels), main_metric(task)
    reference, agreement, averaged, languages = None, None, None, {}
    if test.teacher_logits is not None:
        answers = test.teacher_logits.cpu()
        reference = metrics_by_view(task, answers, test.split.labels)
        agreement = agreement_by_view(task, teacher=answers, student=logits)
        averaged = _marginal_kl(student, setup, encoded, answers)
        languages = scores_by_language(task, answers, test.split)
    result: dict[str, Any] = {
        "task": task.name,
        "method": config.method,
        "weighting": config.weighting,
        "seed": config.seed,
        "metric": metric,
        "baselines": baselines_of(task),
        "teacher": reference and {view: reference[view][metric] for view in VIEWS},
        "student": {view: scores[view][metric] for view in VIEWS},
        "agreement": agreement,
        "linear": None if setup.teacher or is_fold(task) else linear_scores(task, setup.data["train"], test),
        "marginal_kl": averaged,
        "metrics": {"teacher": reference, "student": scores},
        "languages": {"teacher": languages, "student": scores_by_language(task, logits, test.split)},
        "parameters": {"student": parameters(student), "teacher": setup.teacher and setup.teacher.parameters},
        "weights": None if weights is None else dict(zip(MODALITIES, weights.mean(0).tolist(), strict=True)),
        "realised_weights": trainer.history[-1].get("weights"),
        "pair_answers": None if fusion is None else answer_count(config, trainer.batches.sizes, fusion),
        "gates": trainer.history[-1].get("gates"),
        "environment": {
            "torch": torch.__version__,
            "device": str(next(student.parameters()).device),
            "threads": torch.get_num_threads(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "commit": commit(),
        },
        "run": str(run.folder),
    }
    return result, logits


def _marginal_kl(student: Classifier, setup: Setup, encoded: Encoded, answers: Tensor) -> dict[str, float] | None:
    multilabel = setup.task.multilabel
    averages = marginal(student, encoded, multilabel)
    if averages is None:
        return None
    split = setup.data["test"].split
    return marginal_agreement(teacher=answers, student=averages, split=split, multilabel=multilabel)


@cache
def commit() -> str | None:
    """The commit that the program was at when this was first called, `-dirty` where changed; None without a clone."""
    clone = Path(__file__).parents[2]
    if not (clone / ".git").exists():  # installed: what lies around it is another project's
        return None
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    with suppress(OSError):  # no git here
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
        return done.stdout.strip() or None
    return None
