"""A run's folder: config, checkpoint, metrics, weights. Written whole or not at all; never pickle."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from msd_core.errors import UserError
from msd_core.models.files import MODEL_FORMATS
from msd_core.storage import is_file, read_json, storage_errors, write_json
from msd_core.tasks import Task
from msd_core.tasks.table import hash_of_table
from msd_core.tensors import read_tensors, write_tensors
from msd_core.training.config import Config, current_names

_FORMAT = "msd-checkpoint-1"
_KEYS = {"task", "method", "weighting", "metric", "teacher", "student", "agreement", "parameters", "seconds", "run"}


@dataclass(frozen=True)
class Run:
    """One distillation with its folder."""

    folder: Path

    @property
    def model_file(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def checkpoint_file(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    @property
    def config(self) -> dict[str, Any]:
        """The task, the teacher and the settings, under their present names; later settings have their defaults."""
        return {**Config().to_dict(), **current_names(read_json(self.folder / "config.json"))}

    @property
    def result(self) -> dict[str, Any] | None:
        """What came of it; None while the run is not finished."""
        path = self.folder / "result.json"
        if not (is_file(path) and is_file(self.model_file)):
            return None
        read_tensors(self.model_file, *MODEL_FORMATS)  # a result without its student would be of no use
        result = read_json(path)
        if floors := result.pop("floors", None):  # as an earlier version has them
            result["baselines"] = {"majority": floors["majority"], "text_only": floors["text"]}
        if not result.keys() >= _KEYS:
            raise UserError(f"{path} is of another version: delete the folder and start the run again.")
        return result

    @property
    def history(self) -> list[dict[str, Any]]:
        """What each recorded epoch gave."""
        return read_json(self.folder / "metrics.json")["history"]

    def write_json(self, name: str, values: dict[str, Any]) -> None:
        """Replace one JSON file of the folder."""
        write_json(self.folder / name, values)

    def save_tensors(self, name: str, tensors: dict[str, Tensor]) -> None:
        """Replace one file of tensors of the folder."""
        write_tensors(self.folder / name, tensors, {"format": "msd-tensors-1"})

    def save_checkpoint(self, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
        """Replace the checkpoint: tensors and counters in one file, so that they cannot disagree."""
        write_tensors(self.checkpoint_file, tensors, {"format": _FORMAT, "counters": counters})

    def load_checkpoint(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The last checkpoint's tensors and counters; None where none was written yet."""
        if not is_file(self.checkpoint_file):
            return None
        header, tensors = read_tensors(self.checkpoint_file, _FORMAT)
        return tensors, header["counters"]


def record(task: Task, config: Config, teacher: str | None) -> dict[str, Any]:
    """A run's settings as they are written to disk: the task by its name, with the content of people's own rows and
    where these were; the teacher by its folder; texts without labels by their content, too."""
    files = {} if task.files is None else {"data": task.files.content, "files": task.files.record}
    if config.unlabelled:
        files["unlabelled_content"] = hash_of_table(Path(config.unlabelled))
    return {"task": task.name, "teacher": teacher, **files, **config.to_dict()}


def open_run(folder: Path, config: dict[str, Any]) -> Run:
    """The run of these settings in this folder: a new one, or the same one to go on with.

    config: plain data, with the names of task and teacher. Raises `UserError` where the folder holds something else, or
    cannot be read or written.
    """
    run = Run(folder)
    with storage_errors(folder):
        if not is_file(folder / "config.json"):
            if os.path.lexists(folder) and not folder.is_dir():
                raise UserError(f"{folder} is a file: give a folder for the run.")
            if folder.is_dir() and any(p for p in folder.iterdir() if not p.name.startswith(".")):
                raise UserError(f"{folder} holds other files: give an empty or a new folder for the run.")
            folder.mkdir(parents=True, exist_ok=True)
            run.write_json("config.json", config)
        elif (known := _without_place(run.config)) != (wanted := _without_place(config)):
            keys = {*wanted, *known}
            differing = ", ".join(sorted(k for k in keys if wanted.get(k) != known.get(k)))
            raise UserError(f"{folder} holds a run with another {differing}: give a new folder, or the same options.")
    return run


def _without_place(config: dict[str, Any]) -> dict[str, Any]:
    """Settings without where the data lie: files may be moved, what counts is their content."""
    return {name: value for name, value in config.items() if name not in ("files", "unlabelled")}
