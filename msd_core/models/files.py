"""Model files: safetensors with a JSON header that says how to build the model. Never pickle."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from msd_core.errors import UserError
from msd_core.models.two_tower import TwoTower
from msd_core.models.zoo import Spec, build, parameters, spec_from_dict, spec_to_dict
from msd_core.storage import is_file, new_file
from msd_core.tasks import Task

MODEL_FORMAT = "msd-model-1"


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer: in evaluation mode, on the CPU. `info` is what was said of it when it was saved."""

    model: TwoTower
    spec: Spec
    task: str
    info: dict = field(default_factory=dict)

    @property
    def weights_hash(self) -> str:
        """A hash of every weight: two models with the same hash give the same answers."""
        return hash_state(self.model.state_dict())


def hash_state(state: dict[str, torch.Tensor]) -> str:
    """A hash of named tensors: names, types, shapes and values."""
    digest = hashlib.sha256()
    for name, values in sorted(state.items()):
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def save_model(path: Path, model: TwoTower, spec: Spec, task: Task, info: dict | None = None, half: bool = False):
    """Write a model file, whole or not at all. Frozen towers stay where they came from and are not written."""
    state = {
        name: (values.half() if half else values).detach().cpu().contiguous()
        for name, values in model.state_dict().items()
        if not (spec.frozen and "_tower." in name)
    }
    header = {
        "format": MODEL_FORMAT,
        "task": task.name,
        "labels": task.labels,
        "spec": spec_to_dict(spec),
        "info": info or {},
    }
    with new_file(path) as temporary:
        temporary.write_bytes(save(state, metadata={"msd": json.dumps(header)}))


@torch.inference_mode(False)  # whoever calls: tensors made in inference mode could never be differentiated through
def load_model(path: Path, task: Task) -> Loaded:
    """The model in this file. `UserError` where the file is missing, damaged, or made for another task."""
    header, state = read_tensors(path, MODEL_FORMAT)
    try:
        if header["task"] != task.name or tuple(header["labels"]) != task.labels:
            made_for = repr(header["task"])
            raise UserError(f"{path.name} was made for the task {made_for}: it cannot be used for {task.name!r}.")
        spec = spec_from_dict(header["spec"])
        model = build(spec, len(task.labels))
        missing, unexpected = model.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
        if unexpected or any(not (spec.frozen and "_tower." in name) for name in missing):
            raise UserError(_OTHER_VERSION.format(path.name))
        model = model.eval().to(memory_format=torch.channels_last)  # as pictures come: convolutions need not reorder
        return Loaded(model, spec, task.name, {**header["info"], "parameters": parameters(model)})
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UserError(_OTHER_VERSION.format(path.name)) from error


_OTHER_VERSION = "{} was made by another version of the program, or changed since: make it anew."


def read_tensors(path: Path, expected: str) -> tuple[dict, dict[str, torch.Tensor]]:
    """The JSON header and the tensors of one of our safetensors files, checked to be of the expected format."""
    if not is_file(path):
        raise UserError(f"There is no file {path.name} in its folder: make it anew, or check the path.")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get("msd", "{}"))
            if not isinstance(header, dict) or header.get("format") != expected:
                raise UserError(f"{path.name} is not a file of this program (or of another version): make it anew.")
            return header, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path.name} is damaged or half-written: delete it and make it anew.") from error
