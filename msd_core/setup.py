"""All that a run needs before its first step: what the student sees, what the teacher answers, and the weights."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from msd_core.config import Config
from msd_core.corruption import misread, noisy_labels
from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.methods import METHODS, Method, Representations, Sizes
from msd_core.models.bundled import load_teacher
from msd_core.models.files import Loaded
from msd_core.models.two_tower import TwoTower
from msd_core.saliency import saliency
from msd_core.steps import Data, Mix
from msd_core.tasks import SPLITS, Split, Task, get_task, load_split
from msd_core.teacher import features, targets
from msd_core.weighting import FIXED, weights

META = 0.1  # share of the training split's pictures that the meta split takes

_DRAWN = (*SPLITS, "meta")  # the splits that labels and texts may be made worse in

Watch = Callable[[dict], None]


@dataclass(frozen=True)
class Setup:
    """A run before its first step. `splits` are as the student sees them; the teacher answered them as they are."""

    config: Config
    task: Task
    splits: dict[str, Split]
    teacher: Loaded | None
    targets: dict[str, Tensor]  # by split, (N, 4, C); empty without a teacher
    saliency: Tensor | None  # (N, 2) of the training split; None without a teacher
    weights: Tensor | None  # (N, 2) of the training split; None for `none` and `learned`
    features: Representations | None = None  # the teacher's of the training split, for methods that read them

    @property
    def mix(self) -> Mix:
        """How the terms of this run's loss add up."""
        return Mix(self.config.tau, self.config.lam, self.task.multilabel, self.config.method)


def check(config: Config) -> None:
    """`UserError` where the teacher cannot be had, or the method says nothing on the task."""
    task, method = get_task(config.task), METHODS[config.method]
    if config.teacher is not None:
        load_teacher(config.teacher, task)
    if method is not None and (reason := method.undefined_for(task)):
        raise UserError(f"{config.method} is not applicable to {config.task}: {reason}.")


def check_processes(config: Config, processes: int) -> None:
    """`UserError` where a batch cannot be shared out among so many processes."""
    method = METHODS[config.method]
    if processes > 1 and method is not None and method.relates_examples:
        raise UserError(f"{config.method} relates the examples of a batch to one another: run it in one process.")
    if min(config.batch, config.train_size) < processes:
        raise UserError(f"A batch is too small for {processes} processes: give each an example.")


def prepare(config: Config, device: torch.device | str = "cpu", watch: Watch = lambda event: None) -> Setup:
    """Load the splits and the teacher, answer every split with it (or find the answers cached), and weigh."""
    task = get_task(config.task)
    watch({"kind": "stage", "text": "Reading the data"})
    splits = _splits(config, task)
    teacher = None if config.teacher is None else load_teacher(config.teacher, task)
    answers, salient, told = {}, None, None
    if teacher is not None:
        watch({"kind": "stage", "text": "Asking the teacher under the four views"})
        answers = {name: torch.from_numpy(targets(teacher, split, device).copy()) for name, split in splits.items()}
        if not all(torch.isfinite(values).all() for values in answers.values()):
            raise UserError("The teacher answers with numbers that are not finite: train it anew, or choose another.")
        salient = saliency(answers["train"], config.saliency, task.multilabel)
        if (method := METHODS[config.method]) is not None and method.reads_features:
            told = features(teacher, splits["train"], device)
    found = None
    if config.weighting in FIXED[1:]:
        found = weights(config.weighting, salient, config.beta, config.to)
        if config.shuffle == "weights":
            found = found[_shuffled(config, len(found))]
    if config.shuffle == "targets":
        answers["train"][:, 1:] = answers["train"][_shuffled(config, len(answers["train"])), 1:]
    return Setup(config, task, _as_student_sees(config, task, splits), teacher, answers, salient, found, told)


def _splits(config: Config, task: Task) -> dict[str, Split]:
    splits = {name: load_split(task, name) for name in SPLITS}
    if config.withholds:
        splits["train"], meta = splits["train"].withhold(META)
        if config.weighting == "learned":  # as small a share of little data as of all
            splits["meta"] = meta.take(max(1, round(META / (1 - META) * config.train_size)))
    splits["train"] = splits["train"].take(config.train_size)
    return splits


def _shuffled(config: Config, size: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(config.seed))


def _as_student_sees(config: Config, task: Task, splits: dict[str, Split]) -> dict[str, Split]:
    """Labels with noise where it is trained, texts misread everywhere."""
    seen = dict(splits)
    for name, split in splits.items():
        seed = len(_DRAWN) * config.seed + _DRAWN.index(name)  # of no split that another arm of the seed may lack
        if config.label_noise and name in ("train", "meta"):
            labels = noisy_labels(split.labels, len(task.labels), config.label_noise, seed)
            seen[name] = split = replace(split, labels=labels)
        if config.corrupt_text:
            seen[name] = misread(split, config.corrupt_text, seed)
    return seen


def build_method(setup: Setup, student: TwoTower) -> Method | None:
    """The method's term on `both`, with layers of its own where it has any; None for labels alone."""
    method = METHODS[setup.config.method]
    if method is None:
        return None
    sizes = None
    if setup.features is not None:
        told = setup.features
        widths = 2 * student.dim, student.head.width, told.encodings.shape[1], told.hidden.shape[1]
        sizes = Sizes(*widths, examples=len(told.hidden))
    return method(setup.config.tau, setup.task.multilabel, sizes)


def on_device(student: TwoTower, setup: Setup, name: str, device: torch.device) -> Data:
    """A split as the loop gathers it; weights and features go with the training split alone."""
    split, train = setup.splits[name], name == "train"
    answers = setup.targets.get(name) if setup.config.needs_teacher else None
    told = setup.features if train else None
    return Data(
        read_inputs(student, split),
        split.image_of.to(device),
        split.text_of.to(device),
        split.labels.to(device),
        None if answers is None else answers.to(device),
        setup.weights.to(device) if train and setup.weights is not None else None,
        None if told is None else Representations(told.encodings.to(device), told.hidden.to(device)),
    )
