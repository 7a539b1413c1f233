"""Cross-fitted targets: what a student is held against on a row comes from a teacher that did not learn from it.

A teacher that knows its training rows by heart answers them with near certainty, and hides which other labels come
close. So the training split's pictures are dealt into folds, and each fold is answered by a teacher like the given one
that learned from the others (Dao, Kamath, Syrgkanis, Mackey 2021, "Knowledge Distillation as Semiparametric Inference",
arXiv:2104.09732).
"""

import hashlib
import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from msd_core.cache import cached_array
from msd_core.errors import UserError
from msd_core.inputs import as_tensor
from msd_core.models.files import LoadedModel, load_model, save_model
from msd_core.models.zoo import build
from msd_core.storage import home
from msd_core.tasks import Split, Task, load_split
from msd_core.tasks.grouping import folds_of
from msd_core.training.events import OnEvent, Stage, ignore
from msd_core.training.prepare import prepare
from msd_core.training.runs import Run
from msd_core.training.teacher import config_of, key_of, targets
from msd_core.training.trainer import Trainer


@dataclass(frozen=True)
class CrossFit:
    """A teacher, and others like it that each know all of the training split but a fold of `folds`."""

    task: Task
    teacher: LoadedModel
    folds: int
    accelerator: Accelerator
    on_event: OnEvent = ignore

    def targets(self, split: Split) -> Tensor:
        """Logits on the four views, float32 `(N, 4, C)`, each row's from the teacher that never saw its picture; kept
        as the teacher's own are.

        split: of pictures of the training split.
        """

        def compute() -> np.ndarray:
            fold = torch.tensor([self.fold_of[split.pictures.hashes[i]] for i in split.image_of.tolist()])
            logits = torch.empty(len(split), 4, len(self.task.labels))
            for part in fold.unique().tolist():
                rows = (fold == part).nonzero()[:, 0]
                logits[rows] = targets(self._without(part), split.gather(rows), self.accelerator.device)
            return logits.numpy()

        return as_tensor(cached_array({**key_of(self.teacher, split), "cross_fit": self.folds}, compute, split.place))

    @cached_property
    def fold_of(self) -> dict[str, int]:
        """The fold of each picture of the training split, by its hash: a fixed draw that shares out the labels."""
        split = load_split(self.task, "train")
        if len(split.pictures) < self.folds:
            raise UserError(f"{len(split.pictures)} pictures cannot be dealt into {self.folds} folds: give fewer.")
        labels = split.labels if split.labels.ndim == 1 else split.labels.argmax(1)
        fold = folds_of(split.image_of.numpy(), labels.numpy(), self.folds)
        return {split.pictures.hashes[i]: part for i, part in zip(split.image_of.tolist(), fold.tolist(), strict=True)}

    def _without(self, fold: int) -> LoadedModel:
        """The teacher that has learned from all folds but this one; kept, too."""
        file = self._file(fold)
        if file.is_file():
            with suppress(UserError):  # a damaged one is made anew
                return load_model(file, self.task)
        self.on_event(Stage(f"Training a teacher without part {fold + 1} of {self.folds}"))
        config, device, spec = config_of(self.teacher), self.accelerator.device, self.teacher.spec
        with torch.random.fork_rng():
            torch.manual_seed(config.seed)
            model = build(spec, len(self.task.labels), share=device.type == "cpu").to(device)

        def known(split: Split) -> Split:
            seen = torch.tensor([self.fold_of[key] != fold for key in split.pictures.hashes])
            return split.gather(seen[split.image_of].nonzero()[:, 0])

        setup = prepare(self.task, config, model, None, device, learned=known)
        with tempfile.TemporaryDirectory() as folder:
            Trainer(model, setup, Run(Path(folder)), self.accelerator, ignore, records=1).fit()
        save_model(file, model, spec, self.task)
        return load_model(file, self.task)

    def _file(self, fold: int) -> Path:
        data = load_split(self.task, "train")
        key = {"teacher": self.teacher.weights_hash, "data": data.fingerprint, "folds": self.folds, "fold": fold}
        name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return (data.place or home()) / "teachers" / f"{name}.safetensors"
