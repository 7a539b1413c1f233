"""Makes the models in the box anew: tokenizer, teachers, students, detectors, and the table of what they score."""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from msd_core.baselines import baselines
from msd_core.errors import UserError
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    main_metric,
    metrics_by_view,
    scores_by_language,
    split_features,
)
from msd_core.evidence import evidence_auroc
from msd_core.inputs import read_inputs
from msd_core.marginal import marginal, marginal_agreement
from msd_core.models import tokenizer
from msd_core.models.base import Encoded
from msd_core.models.bundled import BUNDLED, FLAGSHIP, REPORT, bundled_models, load_teacher, report
from msd_core.models.files import LoadedModel, load_model, save_model
from msd_core.ood import detector_file, fit_detector, save_detector
from msd_core.storage import atomic_write
from msd_core.tasks import SPLITS, TASKS, Split, Task, codes, load_split, load_task
from msd_core.training.config import UNLABELLED, Config, student_config, teacher_config
from msd_core.training.distill import distill
from msd_core.training.events import OnEvent, Stage, ignore
from msd_core.training.runs import Run
from tools.models_page import write_page

_STUDENTS: dict[str, dict[str, Any]] = {
    "ce": {"method": "ce", "weighting": "none"},
    "kd": {"method": "kd", "weighting": "none"},
    "msd": {"method": "kd", "weighting": "instance"},
}
_FLAGSHIPS: list[dict[str, Any]] = [  # of these the one that does best on validation
    {"method": method, "weighting": "none", "recombine": 8, "gamma": gamma}
    for method in ("kd", "fitnets")
    for gamma in (2.0, 8.0)
]
_IN_LANGUAGES: dict[str, dict[str, Any]] = {  # of a task whose labels are known in some of its languages
    "texts": {**_STUDENTS["msd"], **UNLABELLED["beside"]},
    "pretrained": {**_STUDENTS["msd"], **UNLABELLED["before"]},
}


def bundle(only: list[str], on_event: OnEvent = ignore, names: Sequence[str] = ()) -> dict[str, Any]:
    """Make the models of these tasks (all of them where none is named) and return the report. names: of these models
    alone, where some are named.

    The tokenizer is made first, unless only some are made: these must go on reading as the others do.
    """
    if not only and not names:
        train_tokenizer(tokenizer_texts())
    scores = report()
    for name in only or TASKS:
        started, task = time.perf_counter(), load_task(name)
        _train(task, [each for each in models_of(task) if each in names or not names], on_event)
        seconds = scores[name]["seconds"] if names else time.perf_counter() - started
        scores[name] = {**describe(task), "seconds": seconds}
        scores = {each: scores[each] for each in TASKS if each in scores}
        with atomic_write(REPORT) as temporary:
            temporary.write_text(json.dumps(scores, indent=1) + "\n")
    write_page(scores)
    return scores


def tokenizer_texts() -> list[str]:
    """The training texts of every task whose models read with the tokenizer that ships."""
    tasks = (task for task in map(load_task, TASKS) if task.recipe is None or not task.recipe.languages)
    return [example.text for task in tasks for example in task.examples("train")]


def train_tokenizer(texts: list[str], file: Path = tokenizer.FILE) -> None:
    """Make the shipped tokenizer anew from these texts."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tokenizer.VOCABULARY,
        special_tokens=["<pad>"],  # id 0
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    file.parent.mkdir(exist_ok=True)
    made.save(str(file))
    tokenizer.load.cache_clear()


def configs_of(task: Task, name: str) -> list[Config]:
    """How a bundled model is trained: by the task's recipe, and the defaults of every run otherwise; of several ways it
    is the one that does best on validation."""
    if name == "teacher":
        return [teacher_config(task)]
    ways = _FLAGSHIPS if name == FLAGSHIP else [(_STUDENTS | _IN_LANGUAGES)[name]]
    return [student_config(task, **way) for way in ways]


def models_of(task: Task) -> tuple[str, ...]:
    """The models that are made for a task, in order."""
    several = task.recipe is not None and task.recipe.languages
    return tuple(name for name in BUNDLED if several or name not in _IN_LANGUAGES)


def _train(task: Task, names: list[str], on_event: OnEvent) -> None:
    folder = _folder(task)
    for name in names:
        configs = configs_of(task, name)
        teacher = None if name == "teacher" else load_teacher(task)
        with tempfile.TemporaryDirectory() as temporary:
            runs = [Path(temporary) / str(number) for number in range(len(configs))]
            for config, run in zip(configs, runs, strict=True):
                on_event(Stage(f"{task.name}: {name}"))
                distill(task, config, run, teacher, on_event)
            validation = [Run(run).history[-1]["metrics"]["both"][main_metric(task)] for run in runs]
            best = max(range(len(runs)), key=validation.__getitem__)
            made, config = load_model(runs[best], task), configs[best]
        info = {"name": name, "method": config.title, "epochs": config.epochs, "seed": config.seed}
        if len(configs) > 1:
            info["gamma"] = config.gamma
            info["tried"] = [[c.title, c.gamma, v] for c, v in zip(configs, validation, strict=True)]
        file = folder / f"{name}.safetensors"
        save_model(file, made.model, made.spec, task, info, half=True)
        if name == "teacher":
            _save_detector(task, file)


def _folder(task: Task) -> Path:
    if task.models is None or task.recipe is None:
        raise UserError(f"{task.name} has no place for models of its own, or no recipe: give it both.")
    return task.models


def _save_detector(task: Task, file: Path) -> None:
    """The detector of a teacher as it lies in the box: with its weights as 16-bit numbers."""
    teacher = load_model(file, task).model
    splits = {name: load_split(task, name) for name in ("train", "validation")}
    features = {name: split_features(teacher, read_inputs(teacher, split)) for name, split in splits.items()}
    save_detector(detector_file(file), fit_detector(**features))


def describe(task: Task) -> dict[str, Any]:
    """All of the report on a task but for the time it took: sizes, baselines, and what its models score."""
    splits = {split: load_split(task, split) for split in SPLITS}
    if task.recipe is not None and task.recipe.languages:
        splits["train"] = splits["train"].in_languages(*codes(task.recipe.languages))
    facts = {
        "metric": main_metric(task),
        "recipe": task.recipe and asdict(task.recipe),
        "examples": {split: len(data) for split, data in splits.items()},
        "baselines": baselines(task, train=splits["train"], test=splits["test"]),
        **scores_of(task),
    }
    return facts if task.ceiling is None else {**facts, "ceiling": task.ceiling()}


def scores_of(task: Task) -> dict[str, Any]:
    """What the bundled models of a task score on its test split, measured on the files as they are."""
    test, loaded = load_split(task, "test"), bundled_models(task)
    encoded = {name: _encode(model, test) for name, model in loaded.items()}
    logits = {name: fuse_split(model.model, encoded[name], test) for name, model in loaded.items()}
    teacher = logits["teacher"]
    return {
        "models": {
            name: {
                "parameters": model.parameters,
                "method": model.info["method"],
                "tried": model.info.get("tried"),
                "metrics": metrics_by_view(task, logits[name], test.labels),
                "languages": scores_by_language(task, logits[name], test),
                "agreement": agreement_by_view(task, teacher=teacher, student=logits[name]),
                "marginal_kl": _marginal_kl(task, model, encoded[name], teacher, test),
            }
            for name, model in loaded.items()
        },
        "evidence_auroc": None if test.evidence is None else evidence_auroc(task, teacher, test.evidence),
        "evidence_auroc_by_label": _by_label(task, teacher, test.evidence) if task.multilabel else None,
        "called_ood": _called_ood(loaded["teacher"], test),
    }


def _marginal_kl(task: Task, model: LoadedModel, encoded: Encoded, teacher: Tensor, test: Split) -> dict | None:
    averages = marginal(model.model, encoded, task.multilabel)
    if averages is None:
        return None
    return marginal_agreement(teacher=teacher, student=averages, split=test, multilabel=task.multilabel)


def _by_label(task: Task, logits: Tensor, evidence: np.ndarray) -> dict[str, dict]:
    """`evidence_auroc` of each label of a multi-label task by itself."""
    return {
        label: evidence_auroc(task, logits[:, :, i : i + 1], evidence[:, i : i + 1])
        for i, label in enumerate(task.labels)
    }


def _encode(model: LoadedModel, split: Split) -> Encoded:
    return encode_split(model.model, read_inputs(model.model, split))


def _called_ood(teacher: LoadedModel, test: Split) -> dict[str, float] | None:
    """Share of the task's own test pictures and texts that would be called out of distribution."""
    detector = teacher.model.detector
    if detector is None:
        return None
    is_ood = detector.is_ood(split_features(teacher.model, read_inputs(teacher.model, test)))
    return {modality: float(each.float().mean()) for modality, each in is_ood.items()}


def largest_difference() -> dict[str, tuple[str, float]]:
    """By task the metric of a bundled model, as measured now, that is farthest from the report, and how far."""
    farthest = {}
    for name, before in report().items():
        now = scores_of(load_task(name))["models"]
        differences = {
            f"{model} {view} {metric}": abs(value - before["models"][model]["metrics"][view][metric])
            for model, scores in now.items()
            for view, metrics in scores["metrics"].items()
            for metric, value in metrics.items()
        }
        worst = max(differences, key=differences.__getitem__)
        farthest[name] = (worst, differences[worst])
    return farthest
