"""Makes the models in the box anew: tokenizer, teachers, students, worlds, and the table of what they score."""

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from msd_core import tokenizer
from msd_core.bundle_table import write_table
from msd_core.config import Config
from msd_core.distill import distill, method_title
from msd_core.evaluate import agreement_by_view, encode_split, fuse_split, main_metric, metrics_by_view
from msd_core.evidence import evidence_auroc
from msd_core.floors import floors
from msd_core.inputs import read_inputs
from msd_core.marginal import marginal, marginal_agreement
from msd_core.models.base import Encoded
from msd_core.models.bundled import BUNDLED, FOLDER, REPORT, bundled_file, load_bundled, report
from msd_core.models.files import load_model, save_model
from msd_core.models.zoo import parameters
from msd_core.novelty import fit_worlds, load_worlds, looks, save_worlds
from msd_core.recipes import RECIPES, teacher_config
from msd_core.setup import Watch
from msd_core.storage import new_file
from msd_core.tasks import SPLITS, TASKS, Split, Task, get_task, load_split
from msd_core.views import MODALITIES

_STUDENTS = {"ce": ("ce", "none"), "kd": ("kd", "none"), "msd": ("kd", "instance")}


def bundle(only: list[str], watch: Watch = lambda event: None) -> dict:
    """Make the models of these tasks (all of them where none is named) and return the report.

    The tokenizer is made first, from every task's training texts, unless only some tasks are asked for: their models
    must go on reading as the others do.
    """
    if not only:
        tokenizer.train([e.text for name in TASKS for e in get_task(name).examples("train")])
        tokenizer.load.cache_clear()
    found = report()
    for name in only or TASKS:
        started = time.perf_counter()
        _train(get_task(name), watch)
        found[name] = {**describe(name), "seconds": time.perf_counter() - started}
        with new_file(REPORT) as temporary:
            temporary.write_text(json.dumps({task: found[task] for task in TASKS if task in found}, indent=1) + "\n")
    write_table({task: found[task] for task in TASKS if task in found})
    return found


def student_config(task: str, name: str) -> Config:
    """How a bundled student is trained: the defaults of every run but for the recipe's size and epochs."""
    method, weighting = _STUDENTS[name]
    recipe = RECIPES[task]
    return Config(
        task=task, method=method, weighting=weighting, train_size=recipe.student_size, epochs=recipe.student_epochs
    )


def _train(task: Task, watch: Watch) -> None:
    for name in BUNDLED:
        config = teacher_config(task.name) if name == "teacher" else student_config(task.name, name)
        watch({"kind": "stage", "text": f"{task.name}: {name}"})
        with tempfile.TemporaryDirectory() as folder:
            distill(config, Path(folder) / "run", watch)
            made = load_model(Path(folder) / "run" / "model.safetensors", task)
        info = {"name": name, "method": method_title(config), "epochs": config.epochs, "seed": config.seed}
        save_model(bundled_file(task.name, name), made.model, made.spec, task, info, half=True)
        load_bundled.cache_clear()
        if name == "teacher":
            _save_worlds(task)


def _save_worlds(task: Task) -> None:
    teacher = load_bundled(task.name, "teacher").model
    train, validation = (read_inputs(teacher, load_split(task, split)) for split in ("train", "validation"))
    save_worlds(FOLDER / task.name / "world.safetensors", fit_worlds(teacher, train, validation))
    load_worlds.cache_clear()


def describe(name: str) -> dict:
    """All that the report says of a task but for the time it took: sizes, floors, and what its models score."""
    task = get_task(name)
    splits = {split: load_split(task, split) for split in SPLITS}
    found = {
        "metric": main_metric(task),
        "recipe": asdict(RECIPES[name]),
        "examples": {split: len(data) for split, data in splits.items()},
        "floors": floors(task, splits["train"], splits["test"]),
        **scores(name),
    }
    if name == "digits":
        from msd_core.tasks.digits import ceiling

        found["ceiling"] = ceiling()
    return found


def scores(name: str) -> dict:
    """What the bundled models of a task score on its test split, measured on the files as they are."""
    task = get_task(name)
    test = load_split(task, "test")
    encoded = {model: _encode(name, model, test) for model in BUNDLED}
    logits = {model: fuse_split(load_bundled(name, model).model, encoded[model], test) for model in BUNDLED}
    return {
        "models": {
            model: {
                "parameters": parameters(load_bundled(name, model).model),
                "metrics": metrics_by_view(task, values, test.labels),
                "agreement": agreement_by_view(task, logits["teacher"], values),
                "marginal_kl": marginal_agreement(
                    logits["teacher"],
                    marginal(load_bundled(name, model).model, encoded[model], task.multilabel),
                    test,
                    task.multilabel,
                ),
            }
            for model, values in logits.items()
        },
        "evidence_auroc": evidence_auroc(task, logits["teacher"], test.evidence),
        "evidence_auroc_by_label": _by_label(task, logits["teacher"], test.evidence) if task.multilabel else None,
        "called_foreign": _called_foreign(task, test),
    }


def _by_label(task: Task, logits: torch.Tensor, evidence: np.ndarray) -> dict[str, dict]:
    """`evidence_auroc` of each label of a multi-label task on its own."""
    return {
        label: evidence_auroc(task, logits[:, :, i : i + 1], evidence[:, i : i + 1])
        for i, label in enumerate(task.labels)
    }


def _encode(task: str, model: str, split: Split) -> Encoded:
    asked = load_bundled(task, model).model
    return encode_split(asked, read_inputs(asked, split))


def _called_foreign(task: Task, test: Split) -> dict[str, float]:
    """Share of the task's own test pictures and texts that would be called foreign."""
    teacher = load_bundled(task.name, "teacher").model
    judged = looks(teacher, read_inputs(teacher, test))
    return {m: float(load_worlds(task.name)[m].foreign(judged[m]).float().mean()) for m in MODALITIES}
