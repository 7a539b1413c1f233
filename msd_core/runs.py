"""A run's folder: config, checkpoint, metrics, weights. Written whole or not at all; never pickle."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save

from msd_core.errors import UserError
from msd_core.models.files import MODEL_FORMAT, read_tensors
from msd_core.storage import is_file, new_file, say_if_full

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
    def config(self) -> dict:
        """What was asked for."""
        return read_json(self.folder / "config.json")

    @property
    def result(self) -> dict | None:
        """What came out; None while the run is not finished."""
        path = self.folder / "result.json"
        if not (is_file(path) and is_file(self.model_file)):
            return None
        read_tensors(self.model_file, MODEL_FORMAT)  # a result without its student would be of no use
        found = read_json(path)
        if not found.keys() >= _KEYS:
            raise UserError(f"{path} is of another version: delete the folder and start the run again.")
        return found

    def write_json(self, name: str, values: dict | list) -> None:
        """Replace one JSON file of the folder."""
        with new_file(self.folder / name) as temporary:
            temporary.write_text(json.dumps(values, indent=1))

    def save_tensors(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        """Replace one file of tensors of the folder."""
        with new_file(self.folder / name) as temporary:
            temporary.write_bytes(save({key: value.cpu().contiguous() for key, value in tensors.items()}))

    def save_checkpoint(self, tensors: dict[str, torch.Tensor], counters: dict) -> None:
        """Replace the checkpoint: tensors and counters in one file, so that they cannot disagree."""
        header = {"format": _FORMAT, "counters": counters}
        with new_file(self.checkpoint_file) as temporary:
            temporary.write_bytes(save(tensors, metadata={"msd": json.dumps(header)}))

    def load_checkpoint(self) -> tuple[dict[str, torch.Tensor], dict] | None:
        """The last checkpoint's tensors and counters; None where none was written yet."""
        if not is_file(self.checkpoint_file):
            return None
        header, tensors = read_tensors(self.checkpoint_file, _FORMAT)
        return tensors, header["counters"]


def open_run(folder: Path, config: dict) -> Run:
    """The run of this config in this folder: a new one, or the same one to go on with.

    `UserError` where the folder holds something else, or cannot be read or written.
    """
    run = Run(folder)
    with say_if_full(folder):
        if not is_file(folder / "config.json"):
            if os.path.lexists(folder) and not folder.is_dir():
                raise UserError(f"{folder} is a file: give a folder for the run.")
            if folder.is_dir() and any(p for p in folder.iterdir() if not p.name.startswith(".")):
                raise UserError(f"{folder} holds other files: give an empty or a new folder for the run.")
            folder.mkdir(parents=True, exist_ok=True)
            run.write_json("config.json", config)
        elif run.config != config:
            keys = {*config, *run.config}
            differing = ", ".join(sorted(k for k in keys if config.get(k) != run.config.get(k)))
            raise UserError(f"{folder} holds a run with another {differing}: give a new folder, or the same options.")
    return run


def read_json(path: Path) -> dict:
    """One JSON object of a run's folder; `UserError` where it is missing or damaged."""
    try:
        values = json.loads(path.read_text())
        if not isinstance(values, dict):
            raise ValueError("not an object")
        return values
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is unreadable or half-written: delete the folder and start the run again.") from error
