"""The training loop: from a student and its setup to a trained student and its history."""

import math
import time
from typing import Any, cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from msd_core.errors import Diverged, UserError
from msd_core.evaluate import agreement_by_view, encode_split, fuse_split, mean_encoding, metrics_by_view, references
from msd_core.models.base import Classifier, Encoded
from msd_core.training.checkpoint import Names, State, pack, unpack
from msd_core.training.config import TEXTS
from msd_core.training.events import Epoch, OnEvent, Step
from msd_core.training.lag_weighting import LagWeights
from msd_core.training.meta_weighting import EVERY, LookAhead, MetaWeights
from msd_core.training.objective import Objective
from msd_core.training.prepare import Setup
from msd_core.training.recombination import Recombined, recombine
from msd_core.training.runs import Run
from msd_core.training.sampler import BatchSampler, EpochOrder, drawn_texts, dropped_modalities, schedule
from msd_core.training.soft_freezing import FIXED, SoftFreezing, tower_layers
from msd_core.views import MODALITIES
from msd_core.weighting import LAGGING

RECORDS = 40  # at most, so that many short epochs are not spent on validation
_REPORT_EVERY = 0.3  # seconds between two events of a step: a page cannot draw faster


class Trainer:
    """A student in training.

    Every process takes its share of every batch, so that the steps are those of one process alone (nearly so for
    `learned` weights, which spend beta on each share). records: epochs at most that are validated and kept.
    """

    def __init__(
        self,
        student: Classifier,
        setup: Setup,
        run: Run,
        accelerator: Accelerator,
        on_event: OnEvent,
        records: int = RECORDS,
    ):
        self.records = records
        self.student, self.setup, self.run, self.accelerator = student, setup, run, accelerator
        self.config, self.train, self.on_event = setup.config, setup.data["train"], on_event
        student.trained_views = self.config.trained_views
        student.train_nulls(self.config.hidden)
        self.order = EpochOrder(self.train.split.image_of, self.config.seed)
        self.batches = BatchSampler(self.order, self.config.batch_size, accelerator.num_processes)
        self.steps = self.config.epochs * len(self.batches.sizes)
        self.meta_weights = _meta_weights(student, setup)
        self.lag_weights = _lag_weights(student, setup)
        self.layers = tower_layers(student) if self.config.freeze_text != "none" else {}
        self.soft_freezing = _soft_freezing(student, setup, self.layers)
        self.meter = Meter(accelerator, on_event, self.steps)
        objective = Objective(
            student, setup.method, self.train, self.config, setup.task.multilabel, setup.texts, setup.adversary,
            setup.hints,
        )  # fmt: skip
        self._prepare(objective.to(accelerator.device))
        self.history, self.seconds_before = self._resume()
        self.started = time.perf_counter()

    def fit(self) -> None:
        """Train in place, from where an earlier try stopped; then keep what `marginal` averages over."""
        done = self.history[-1]["epoch"] if self.history else 0
        every = math.ceil(self.config.epochs / self.records)
        for epoch in range(done, self.config.epochs):
            with torch.random.fork_rng():  # what dropout leaves out follows from seed and epoch, too
                torch.manual_seed(self.config.seed * 1_000_003 + epoch)
                self.epoch(epoch)
            if (epoch + 1) % every == 0 or epoch + 1 == self.config.epochs:
                self.record(epoch)
        if self.lag_weights is not None:  # as they are now, whether or not this try had an epoch left
            self.lag_weights.update(self.config.epochs)
        if count := self.student.num_references:
            encoded = encode_split(self.student, self.train.inputs)
            self.student.set_references(references(encoded, self.train.split, count))

    def epoch(self, epoch: int) -> None:
        """One pass over the training examples."""
        config, device = self.config, self.accelerator.device
        self.order.epoch = epoch
        if self.lag_weights is not None:
            self.lag_weights.update(epoch)
        dropped = dropped_modalities(config.modality_dropout, len(self.train.split), config.seed, epoch)
        dropped = None if dropped is None else dropped.to(device)  # (N, 2)
        if not self.student.training:  # to tell every part again takes longer than a step of few rows
            self.student.train()
        first = epoch * len(self.batches.sizes)
        for step, (rows, batch) in enumerate(zip(self.loader, self.batches.whole(), strict=True), start=first):
            self.step(step, rows, batch, None if dropped is None else dropped[rows])

    def step(self, step: int, rows: Tensor, batch: list[int], dropped: Tensor | None) -> None:
        """A step on this process's share, `rows` `(B,)`, of a batch."""
        lr = self.config.lr * schedule((step + 1) / (self.steps + 1))  # no step at either end has a rate of 0
        if self.soft_freezing is not None and step % EVERY == 0:
            self.soft_freezing.update(step, lr, self._average)
        gates = self.gates()
        for group in self.optimizer.param_groups:
            group["lr"] = lr * gates.get(group["layer"], 1.0)
        weights = self._weights(rows)  # (B, 2)
        with self.accelerator.autocast():
            texts, recombined = self._texts(step, len(rows)), self._recombined(step, batch)
            loss, terms = self.model(rows, weights, dropped, texts, recombined)
        # gradients are averaged over processes; shares of a batch may differ by one example
        self.accelerator.backward(loss * (len(rows) * self.accelerator.num_processes / len(batch)))
        if self.meta_weights is not None and step % EVERY == 0:
            self.meta_weights.update(step, rows, lr, self._average)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.meter.add(step + 1, len(rows), {"loss": loss, **terms}, weights)

    def record(self, epoch: int) -> None:
        """What was learned since the last record and what validation gives; and a checkpoint. Raises `Diverged` where
        there is nothing to record."""
        if not all(torch.isfinite(p).all() for p in self.student.parameters() if p.requires_grad):
            raise Diverged(
                f"Training diverged by epoch {epoch + 1} at a learning rate of {self.config.lr:g}: give a smaller one."
            )
        self.student.eval()
        if self.student.has_nulls and (shown := {*MODALITIES} - self.config.hidden):
            mean = mean_encoding(encode_split(self.student, self.train.inputs), self.train.split)
            self.student.set_nulls(Encoded(*(getattr(mean, m) if m in shown else None for m in MODALITIES)))
        means, (metrics, agreement) = self.meter.epoch_means(), self._validation()
        weights, gates = means.get("weights", {}), self.gates() if self.soft_freezing is not None else {}
        event = Epoch(epoch + 1, self.config.epochs, means["terms"], metrics, weights, agreement, gates)
        self.history.append(_record(event))
        if self.accelerator.is_main_process:
            self.run.save_checkpoint(pack(self.state, self.frozen), {"history": self.history, "seconds": self.seconds})
        self.on_event(event)

    @property
    def seconds(self) -> float:
        """How long it has trained, earlier tries included."""
        return self.seconds_before + time.perf_counter() - self.started

    def weights(self) -> Tensor | None:
        """The weights of the training examples as they are now, `(N, 2)`; None without modality-specific terms."""
        if self.lag_weights is not None:
            return self.lag_weights.values
        return self.train.weights if self.meta_weights is None else self.meta_weights.all_weights()

    def gates(self) -> dict[str, float]:
        """What share of its updates each layer of the text tower takes; empty where all take the whole."""
        if self.soft_freezing is not None:
            return self.soft_freezing.gates()
        return dict.fromkeys(self.layers, FIXED[self.config.freeze_text])

    def _average(self, values: Tensor) -> Tensor:
        """Over processes."""
        return self.accelerator.reduce(values, "mean")

    def _texts(self, step: int, size: int) -> Tensor | None:
        """This process's share `(size,)` of the texts without labels that a step learns from; None for none."""
        if self.setup.texts is None:
            return None
        part = self.accelerator.process_index
        rows = drawn_texts(len(self.setup.texts), TEXTS * size, self.config.seed, step, part)
        return rows.to(self.accelerator.device)

    def _recombined(self, step: int, batch: list[int]) -> Recombined | None:
        """Pairs of the pictures of this process's share of a batch with other texts; None for none."""
        if self.train.fusion is None:
            return None
        part = slice(self.accelerator.process_index, None, self.accelerator.num_processes)
        rows = torch.tensor(batch, device=self.accelerator.device)
        return recombine(self.config, rows, part, step, self.train.fusion, self.setup.task.multilabel)

    def _prepare(self, objective: Objective) -> None:
        """The objective, its optimizer and its batches as Accelerate wants them; and what a checkpoint keeps."""
        groups = parameter_groups(objective, self.student, self.layers)
        optimizer = torch.optim.AdamW(groups, lr=self.config.lr, weight_decay=0.01, fused=True)
        rows = cast("Dataset[int]", range(len(self.train.split)))  # torch takes any sequence, its annotations do not
        loader = DataLoader(rows, batch_sampler=self.batches, collate_fn=torch.tensor)
        self.model, self.optimizer, self.loader = self.accelerator.prepare(objective, optimizer, loader)
        self.state: State = {"student": (objective, optimizer)}
        self.frozen = {f"student.{name}" for name in self.student.frozen_names()}
        if self.meta_weights is not None:
            self.state["weights"] = (self.meta_weights.net, self.meta_weights.optimizer)
        if self.soft_freezing is not None:
            self.state["gates"] = (self.soft_freezing.net, self.soft_freezing.optimizer)

    def _weights(self, rows: Tensor) -> Tensor | None:
        if self.meta_weights is not None:
            return self.meta_weights.weights(rows).detach()
        weights = self.weights()
        return None if weights is None else weights[rows]

    def _validation(self) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
        """By view the metrics, and the agreement with the teacher, which is empty without one."""
        task, held_out = self.setup.task, self.setup.data["validation"]
        logits = fuse_split(self.student, encode_split(self.student, held_out.inputs), held_out.split)
        metrics = metrics_by_view(task, logits, held_out.split.labels)
        if held_out.teacher_logits is None:
            return metrics, {}
        return metrics, agreement_by_view(task, teacher=held_out.teacher_logits.cpu(), student=logits)

    def _resume(self) -> tuple[list[dict], float]:
        """The history and the seconds of the run's checkpoint, whose state is put back in place."""
        history, seconds = _read_checkpoint(self.state, self.frozen, self.run)
        done = self.accelerator.gather(torch.tensor([len(history)], device=self.accelerator.device))
        if (done != len(history)).any():
            raise UserError(
                f"Not every process finds the checkpoint in {self.run.folder}: give a folder that all machines share."
            )
        return history, seconds


def _record(event: Epoch) -> dict:
    """An epoch as it is kept; parts that a run lacks are left out."""
    parts = {name: getattr(event, name) for name in ("terms", "weights", "metrics", "agreement", "gates")}
    return {"epoch": event.epoch, **{name: part for name, part in parts.items() if part}}


def _meta_weights(student: Classifier, setup: Setup) -> MetaWeights | None:
    """The weight network of a run whose weights are learned; None for others."""
    if setup.config.weighting != "learned":
        return None
    look = LookAhead(student, setup.config, setup.task.multilabel)
    return MetaWeights(look, setup.data["train"], setup.data["meta"])


def _lag_weights(student: Classifier, setup: Setup) -> LagWeights | None:
    """The weights of a run that follow the student's lag; None for others."""
    if setup.config.weighting not in LAGGING:
        return None
    return LagWeights(student, setup.data["train"], setup.config, setup.task.multilabel)


def _soft_freezing(student: Classifier, setup: Setup, layers: dict[str, list[str]]) -> SoftFreezing | None:
    """The gates of a run that freezes softly; None for others."""
    if setup.config.freeze_text != "softly":
        return None
    look = LookAhead(student, setup.config, setup.task.multilabel)
    return SoftFreezing(look, layers, setup.data["train"], setup.data["meta"])


def parameter_groups(objective: nn.Module, student: Classifier, layers: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What learns, as an optimizer takes it: each of these layers by itself, and all else, whose `layer` is empty."""
    named = dict(student.named_parameters())
    gated = [{"layer": layer, "params": [named[name] for name in names]} for layer, names in layers.items()]
    apart = {p for group in gated for p in group["params"]}
    return [{"layer": "", "params": [p for p in objective.parameters() if p.requires_grad and p not in apart]}, *gated]


class Meter:
    """Means over an epoch's examples, of all processes, of the named terms and of the weights; now and then the terms
    are reported. Values stay on the device till then."""

    def __init__(self, accelerator: Accelerator, on_event: OnEvent, steps: int):
        self.accelerator, self.on_event, self.steps = accelerator, on_event, steps
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
            self.on_event(Step(step, self.steps, {name: float(value.detach()) for name, value in terms.items()}))

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


def _read_checkpoint(state: State, frozen: Names, run: Run) -> tuple[list[dict], float]:
    saved = run.load_checkpoint()
    if saved is None:
        return [], 0.0
    tensors, counters = saved
    try:
        unpack(state, tensors, frozen)
        return list(counters["history"]), float(counters["seconds"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"The checkpoint in {run.folder} is of another task or model: delete the folder and start again."
        ) from error
