"""Arms by name: a method, a weighting, and options, as in `kd`, `kd+instance`, `kd+instance/other`, `kd/hide`."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from msd_core.errors import UserError, choose
from msd_core.methods import METHODS
from msd_core.training.config import Config
from msd_core.weighting import WEIGHTINGS

CONTRAST = ("kd+instance", "kd")  # the one comparison that is named before any run; everything else is exploratory
SEEDS = 20  # of the named comparison
BAR = "kd+uniform"  # what weighting by saliency must pass
REFERENCES = (CONTRAST[1], BAR, CONTRAST[0])  # what arms are held against: without, with equal weights, MSD itself
STEP_RATIO = 1.15  # an MSD step takes less than that of a KD step: python -m benchmarks.msd_step

MAIN = ("ce", "kd", "kd+uniform", "kd+instance")
WEIGHTED = (
    "kd+population",
    "kd+population/other",
    "kd+learned",
    "kd+instance/other",
    "kd+instance/sufficiency",
    "kd+instance/sufficiency/other",
)
CONTROLS = ("kd/share", "kd/time", "kd/double", "kd/hide", "kd+instance/shuffled", "kd+instance/targets-shuffled")
BASELINES = ("kd/self", "dkd", "dist", "fitnets", "rkd", "sp", "crd")
ARMS = MAIN + WEIGHTED + CONTROLS + BASELINES

_OF_INSTANCE = ("other", "sufficiency")
OPTIONS = {
    "other": "a modality's term is weighted by the other's saliency",
    "sufficiency": "weights follow sufficiency, not necessity",
    "shuffled": "weights shuffled over examples",
    "targets-shuffled": "the teacher's single-view targets shuffled over examples",
    "share": "labels count so little that distillation has MSD's share of the loss",
    "time": "as many epochs more as MSD's steps take longer",
    "double": "twice the epochs",
    "hide": "modality dropout on labels: hidden views without the teacher",
    "self": "the teacher is a student of the same shape",
}


def arm_config(name: str, base: Config) -> Config:
    """The config of an arm: the base's, with what the name stands for. `UserError` where no arm has that name."""
    head, *options = name.split("/")
    method, plus, weighting = head.partition("+")
    weighting = weighting if plus else "none"
    changes: dict[str, Any] = {
        "method": choose("method", method, METHODS), "weighting": choose("weighting", weighting, WEIGHTINGS)
    }  # fmt: skip
    for option in options:
        changes |= _option(choose("option", option, OPTIONS), base)
    if weighting == "none" and plus:
        raise UserError(f"{name} is {method}: name it so.")
    useless = [option for option in options if option in _OF_INSTANCE and weighting not in ("population", "instance")]
    if useless:
        raise UserError(f"{name}: {useless[0]} changes nothing here, it is of weights that follow saliency.")
    return replace(base, **changes)


def is_self(name: str) -> bool:
    """Whether the arm learns from a teacher of its own shape."""
    return "self" in name.split("/")[1:]


def check_arms(names: list[str]) -> None:
    """`UserError` where one of the names is no arm, or comes twice."""
    for name in names:
        arm_config(name, Config())
    if len(set(names)) < len(names):
        raise UserError("An arm is named twice: name each once.")


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the order of the lesson, those that it does not name last."""
    distinct = list(dict.fromkeys(arms))
    return [arm for arm in ARMS if arm in distinct] + sorted(arm for arm in distinct if arm not in ARMS)


def _option(name: str, base: Config) -> dict[str, Any]:
    if name == "share":  # the labels' part against 1 + 2 beta terms of kd instead of 1
        soft = (1 - base.lam) * (1 + 2 * base.beta)
        return {"lam": base.lam / (base.lam + soft)}
    if name == "time":
        return {"epochs": math.ceil(base.epochs * STEP_RATIO)}
    if name == "double":
        return {"epochs": 2 * base.epochs}
    changes: dict[str, dict[str, Any]] = {
        "other": {"direction": "other"},
        "sufficiency": {"saliency": "sufficiency"},
        "shuffled": {"shuffle": "weights"},
        "targets-shuffled": {"shuffle": "targets"},
        "hide": {"modality_dropout": 0.3},  # as the teachers learned
        "self": {},
    }
    return changes[name]
