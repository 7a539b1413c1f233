"""Model files: safetensors with a JSON header that says how to build the model. Never pickle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from msd_core.errors import UserError
from msd_core.models.base import Classifier
from msd_core.models.zoo import Spec, build, parameters, spec_from_dict, spec_to_dict
from msd_core.ood import detector_file, load_detector
from msd_core.tasks import Task
from msd_core.tensors import hash_module, hash_state, read_tensors, write_tensors
from msd_core.views import MODALITIES, VIEWS

MODEL_FORMATS = ("msd-model-2", "msd-model-1")  # the newest first; the first did not say which views were trained on


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to answer: in evaluation mode, on the CPU. `origin` is what it is called in a run's config: the
    folder that it lies in, or `bundled`; `info` what was written down when it was saved."""

    model: Classifier
    spec: Spec
    task: str
    origin: str = ""
    info: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def weights_hash(self) -> str:
        """A hash of every weight: two models with the same hash give the same answers."""
        return hash_state(self.model.state_dict())

    @property
    def data(self) -> str | None:
        """The hash of people's own rows that it was trained on; None for others."""
        return self.info.get("config", {}).get("data")

    @property
    def parameters(self) -> int:
        """How many numbers it learned or was given."""
        return parameters(self.model)


def check_models(task: Task, models: Mapping[str, LoadedModel]) -> None:
    """`UserError` where there is no model to ask about a task, or one was made for another task."""
    if not models:
        raise UserError(f"There is no model of {task.name} to ask: train a teacher first.")
    for name, loaded in models.items():
        if loaded.task != task.name:
            raise UserError(f"{name} was made for the task {loaded.task!r}: it cannot be used for {task.name!r}.")


def save_model(
    path: Path, model: Classifier, spec: Spec, task: Task, info: dict[str, Any] | None = None, half: bool = False
) -> None:
    """Write a model file, whole or not at all; as 16-bit numbers where `half`. Frozen parts stay where they came from
    and are not written."""
    frozen = model.frozen_names()
    state = {
        name: values.half() if half else values for name, values in model.state_dict().items() if name not in frozen
    }
    header = {
        "format": MODEL_FORMATS[0],
        "task": task.name,
        "labels": task.labels,
        "multilabel": task.multilabel,
        "title": task.title,
        "question": task.question,
        "spec": spec_to_dict(spec),
        "trained_views": model.trained_views,
        "frozen": _frozen(model),
        "info": info or {},
    }
    write_tensors(path, state, header)


def _frozen(model: Classifier) -> dict[str, str]:
    """By modality a hash of the frozen part, which is no part of the file."""
    parts = {modality: model.frozen_part(modality) for modality in MODALITIES}
    return {modality: hash_module(part) for modality, part in parts.items() if part is not None}


def read_header(path: Path) -> dict[str, Any]:
    """What is written at the head of a model's file, or of the one in a run's folder: its `task`, `labels` and more.
    Raises `UserError` where there is none."""
    return read_tensors(_file(path), *MODEL_FORMATS)[0]


def _file(path: Path) -> Path:
    return path / "model.safetensors" if path.is_dir() else path


@torch.inference_mode(False)  # whoever calls: tensors made in inference mode could never be differentiated through
def load_model(path: str | Path, task: Task, origin: str | None = None) -> LoadedModel:
    """The model in a file or in a run's folder, with the detector that lies beside it.

    Raises `UserError` where the file is missing, damaged, made for another task, or trained on other frozen parts than
    are here.
    """
    path = _file(Path(path))
    header, state = read_tensors(path, *MODEL_FORMATS)
    try:
        if header["task"] != task.name or tuple(header["labels"]) != task.labels:
            made_for = repr(header["task"])
            raise UserError(f"{path.name} was made for the task {made_for}: it cannot be used for {task.name!r}.")
        spec = spec_from_dict(header["spec"])
        model = build(spec, len(task.labels), share=True)
        if (
            state.keys() != model.state_dict().keys() - model.frozen_names()
        ):  # those that are shared are never written to
            raise UserError(_OTHER_VERSION.format(path.name))
        model.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
        if (frozen := header.get("frozen")) is not None and frozen != _frozen(model):
            raise UserError(
                f"{path.name} was trained on other pretrained weights than those here: get them, or train anew."
            )
        # channels last, as pictures come: convolutions need not reorder; torch's annotations leave this `to` out
        model = model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        model.trained_views = tuple(header.get("trained_views") or _trained_views(header["info"]))
        if (beside := detector_file(path)).is_file():
            model.detector = load_detector(beside)
        return LoadedModel(model, spec, task.name, origin or str(path.parent), dict(header["info"]))
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UserError(_OTHER_VERSION.format(path.name)) from error


_OTHER_VERSION = "{} was made by another version of the program, or changed since: make it anew."


def _trained_views(info: dict[str, Any]) -> tuple[str, ...]:
    """The views that a model of the first version was trained on, by its config or, in the box, by its name."""
    config = info.get("config", {})
    if config.get("hide", 0.3 if info.get("name") == "teacher" else 0) > 0:
        return VIEWS
    weighted = config.get("weighting", "none") != "none" or "+" in info.get("method", "")
    return ("both", "image", "text") if weighted else ("both",)
