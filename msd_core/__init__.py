"""Modality-specific distillation: which modality an image-text classifier listens to, and what its student keeps.

The public names, each loaded when it is first used (what type checkers read of them is in `__init__.pyi`):

    import msd_core as msd

    task = msd.load_task("easy-vqa")
    msd.compare(task, "shape.png", "what color is the shape?", msd.bundled_models(task))
    msd.distill(task, msd.Config(weighting="instance"), "runs/msd", msd.load_teacher(task))
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "comparison": ("Answer", "Comparison", "compare"),
    "errors": ("Diverged", "UserError"),
    "evaluate": ("agreement_by_view", "logits_by_view", "metrics_by_view", "split_features"),
    "inputs": ("Inputs", "read_inputs", "text_vectors"),
    "models.base": ("Classifier", "Encoded", "Features", "Sequence"),
    "models.bundled": ("bundled_models", "load_bundled", "load_models", "load_teacher"),
    "models.files": ("LoadedModel", "load_model", "save_model"),
    "models.preprocess": ("Preprocess",),
    "models.zoo": ("Spec", "build"),
    "ood": ("Detector", "fit_detector"),
    "study.plan": ("Plan",),
    "study.runner": ("run_study",),
    "tasks": ("TASKS", "Example", "Recipe", "Split", "Task", "load_split", "load_task"),
    "tasks.files": ("Options", "read_task"),
    "training.config": ("Config", "student_config", "teacher_config"),
    "training.distill": ("distill", "train_teacher"),
    "training.events": ("Event",),
    "training.runs": ("Run",),
    "views": ("MODALITIES", "VIEWS", "visible"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """A public name, from the module that it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'msd_core' has no attribute {name!r}")
    return getattr(import_module(f"msd_core.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
