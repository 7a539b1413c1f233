"""The training loop: from a student and its setup to a trained student and its history."""

import math
import time

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from msd_core.checkpoint import State, pack, unpack
from msd_core.errors import Diverged, UserError
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    mean_encoding,
    metrics_by_view,
    references,
)
from msd_core.inputs import read_inputs
from msd_core.learned import EVERY, Learner, LookAhead
from msd_core.models.two_tower import TwoTower
from msd_core.runs import Run
from msd_core.setup import Setup, Watch, build_method, on_device
from msd_core.steps import Batches, Data, EpochOrder, Objective, schedule, shown_views
from msd_core.views import MODALITIES

_RECORDS = 80  # at most, so that many short epochs are not spent on validation
_REPORT_EVERY = 0.3  # seconds between two events of a step: a page cannot draw faster


class Loop:
    """A student in training.

    Every process takes its share of every batch, so that the steps are those of one process alone (nearly so for
    `learned` weights, which spend beta on each share).
    """

    def __init__(self, student: TwoTower, setup: Setup, run: Run, accelerator: Accelerator, watch: Watch):
        self.student, self.setup, self.run, self.accelerator, self.watch = student, setup, run, accelerator, watch
        self.config, self.split, device = setup.config, setup.splits["train"], accelerator.device
        student.to(device)
        for null in (student.null_image, student.null_text):
            null.requires_grad_(self.config.trains_nulls)
        self.order = EpochOrder(self.split.image_of, self.config.seed)
        self.batches = Batches(self.order, self.config.batch, accelerator.num_processes)
        self.steps = self.config.epochs * len(self.batches.sizes)
        self.every = math.ceil(self.config.epochs / _RECORDS)
        self.data = on_device(student, setup, "train", device)
        self.held_out = read_inputs(student, setup.splits["validation"])
        self.learner = build_learner(student, setup, self.data, device)
        self.meter = Meter(accelerator, watch, self.steps)
        self._prepare(build_objective(student, setup, self.data).to(device))
        self.history, self.before = self._resume()
        self.started = time.perf_counter()

    def _prepare(self, objective: Objective) -> None:
        """The objective, its optimizer and its batches as Accelerate wants them; and what a checkpoint keeps."""
        learned = [p for p in objective.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=self.config.rate, weight_decay=0.01, fused=True)
        loader = DataLoader(range(len(self.split)), batch_sampler=self.batches, collate_fn=torch.tensor)
        self.model, self.optimizer, self.loader = self.accelerator.prepare(objective, optimizer, loader)
        self.state: State = {"student": (objective, optimizer)}
        if self.learner is not None:
            self.state["weights"] = (self.learner.net, self.learner.optimizer)

    @property
    def seconds(self) -> float:
        """How long it has trained, earlier tries included."""
        return self.before + time.perf_counter() - self.started

    @property
    def done(self) -> int:
        """How many epochs lie behind it, as far as they are on record."""
        return self.history[-1]["epoch"] if self.history else 0

    def epoch(self, epoch: int) -> None:
        """One pass over the training examples."""
        self.order.epoch = epoch
        shown = shown_views(self.config, len(self.split), epoch)
        shown = None if shown is None else shown.to(self.accelerator.device)
        self.student.train()
        first = epoch * len(self.batches.sizes)
        for step, (rows, size) in enumerate(zip(self.loader, self.batches.sizes, strict=True), start=first):
            self._step(step, rows, size, None if shown is None else shown[rows])

    def record(self, epoch: int) -> None:
        """What was learned since the last record and what validation says of it; and a checkpoint. `Diverged` where
        there is nothing to record."""
        if not all(torch.isfinite(p).all() for p in self.student.parameters()):
            raise Diverged(f"Training diverged by epoch {epoch + 1} at rate {self.config.rate:g}: give a smaller one.")
        self.student.eval()
        if not self.config.trains_nulls:
            encoded = encode_split(self.student, self.data.inputs)
            self.student.set_nulls(*(v.clone() for v in mean_encoding(encoded, self.split)))
        self.history.append({"epoch": epoch + 1, **self.meter.epoch_means(), **self._validation()})
        if self.accelerator.is_main_process:
            self.run.save_checkpoint(pack(self.state), {"history": self.history, "seconds": self.seconds})
        self.watch({"kind": "epoch", **self.history[-1], "epochs": self.config.epochs})

    def _step(self, step: int, rows: Tensor, size: int, shown: Tensor | None) -> None:
        """A step on this process's share of a batch of `size` examples."""
        rate = self.config.rate * schedule((step + 1) / self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        weights = self._weights(rows)
        with self.accelerator.autocast():
            loss, terms = self.model(rows, weights, shown)
        # gradients are averaged over processes; shares of a batch may differ by one example
        self.accelerator.backward(loss * (len(rows) * self.accelerator.num_processes / size))
        if self.learner is not None and step % EVERY == 0:
            self.learner.update(step, rows, rate, lambda gradient: self.accelerator.reduce(gradient, "mean"))
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.meter.add(step + 1, len(rows), {"loss": loss, **terms}, weights)

    def _weights(self, rows: Tensor) -> Tensor | None:
        if self.learner is not None:
            return self.learner.weights(rows).detach()
        return None if self.data.weights is None else self.data.weights[rows]

    def _validation(self) -> dict:
        task, split = self.setup.task, self.setup.splits["validation"]
        logits = fuse_split(self.student, encode_split(self.student, self.held_out), split)
        found = {"metrics": metrics_by_view(task, logits, split.labels)}
        if self.setup.targets:
            found["agreement"] = agreement_by_view(task, self.setup.targets["validation"], logits)
        return found

    def _resume(self) -> tuple[list[dict], float]:
        """The history and the seconds of the run's checkpoint, whose state is put back in place."""
        history, seconds = _read_checkpoint(self.state, self.run)
        done = self.accelerator.gather(torch.tensor([len(history)], device=self.accelerator.device))
        if (done != len(history)).any():
            raise UserError(
                f"Not every process finds the checkpoint in {self.run.folder}: give a folder that all machines share."
            )
        return history, seconds

    def weights(self) -> Tensor | None:
        """The weights of the training examples as they are now, `(N, 2)`; None without modality-specific terms."""
        return self.data.weights if self.learner is None else self.learner.all_weights()


def train(loop: Loop) -> None:
    """Train in place, from where an earlier try stopped; then keep what `marginal` averages over."""
    for epoch in range(loop.done, loop.config.epochs):
        loop.epoch(epoch)
        if (epoch + 1) % loop.every == 0 or epoch + 1 == loop.config.epochs:
            loop.record(epoch)
    loop.student.set_references(references(encode_split(loop.student, loop.data.inputs), loop.split))


def build_objective(student: TwoTower, setup: Setup, data: Data) -> Objective:
    """What a student is trained for; layers of the method's own start from the run's seed."""
    with torch.random.fork_rng():
        torch.manual_seed(setup.config.seed)
        return Objective(student, data, setup.mix, build_method(setup, student))


def build_learner(student: TwoTower, setup: Setup, data: Data, device: torch.device) -> Learner | None:
    """The weight network of a run whose weights are learned; None for others."""
    config = setup.config
    if config.weighting != "learned":
        return None
    meta = on_device(student, setup, "meta", device)
    return Learner(LookAhead(student, setup.mix), data, meta, config.beta, config.batch, config.seed)


class Meter:
    """Means over an epoch's examples, of all processes, of the named terms and of the weights; now and then the terms
    are reported. Values stay on the device till then."""

    def __init__(self, accelerator: Accelerator, watch: Watch, steps: int):
        self.accelerator, self.watch, self.steps = accelerator, watch, steps
        self.sums: dict[str, Tensor] = {}
        self.count, self.reported = 0, 0.0

    def add(self, step: int, examples: int, terms: dict[str, Tensor], weights: Tensor | None) -> None:
        """Count the terms, means over so many examples, and the weights `(B, 2)` of a step."""
        named = {f"terms.{name}": value.detach() for name, value in terms.items()}
        if weights is not None:
            named |= {f"weights.{m}": weights[:, i].mean() for i, m in enumerate(MODALITIES)}
        for name, value in named.items():
            self.sums[name] = self.sums.get(name, 0) + value * examples
        self.count += examples
        if time.perf_counter() - self.reported > _REPORT_EVERY:
            self.reported = time.perf_counter()
            self.watch(
                {
                    "kind": "step",
                    "step": step,
                    "steps": self.steps,
                    "terms": {k: float(v.detach()) for k, v in terms.items()},
                }
            )

    def epoch_means(self) -> dict[str, dict[str, float]]:
        """`terms` and, where there are any, `weights`, by name; and start over."""
        values = torch.stack([*self.sums.values()])
        sums = self.accelerator.reduce(torch.cat([values, values.new_tensor([self.count])]), "sum")
        means: dict[str, dict[str, float]] = {}
        for name, value in zip(self.sums, (sums[:-1] / sums[-1]).tolist(), strict=True):
            kind, part = name.split(".")
            means.setdefault(kind, {})[part] = value
        self.sums, self.count = {}, 0
        return means


def _read_checkpoint(state: State, run: Run) -> tuple[list[dict], float]:
    saved = run.load_checkpoint()
    if saved is None:
        return [], 0.0
    tensors, counters = saved
    try:
        unpack(state, tensors)
        return list(counters["history"]), float(counters["seconds"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"The checkpoint in {run.folder} is of another task or student: delete the folder and start again."
        ) from error
