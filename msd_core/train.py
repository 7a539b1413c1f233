"""The training loop: from a student and its setup to a trained student and its history."""

import time

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from msd_core.checkpoint import State, pack, unpack
from msd_core.errors import UserError
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    mean_encoding,
    metrics_by_view,
    references,
)
from msd_core.inputs import Inputs, read_inputs
from msd_core.learned import EVERY, Learner, LookAhead
from msd_core.models.two_tower import TwoTower
from msd_core.runs import Run
from msd_core.setup import Setup, Watch, build_method, on_device
from msd_core.steps import Batches, Data, EpochOrder, Objective, schedule, shown_views
from msd_core.views import MODALITIES

_REPORT_EVERY = 0.3  # seconds between two events of a step: a page cannot draw faster


def train(
    student: TwoTower, setup: Setup, run: Run, accelerator: Accelerator, watch: Watch
) -> tuple[list[dict], float, Tensor | None]:
    """Train in place. Returns the history by epoch, the seconds it took (earlier tries included), and the final weights
    of the training examples `(N, 2)`, if any.

    Every process takes its share of every batch, so that the steps are those of one process alone (nearly so for
    `learned` weights, which spend beta on each share).
    """
    config, split, device = setup.config, setup.splits["train"], accelerator.device
    if len(split) < accelerator.num_processes:
        raise UserError(f"{len(split)} training examples are too few for {accelerator.num_processes} processes.")
    student.to(device)
    for null in (student.null_image, student.null_text):
        null.requires_grad_(config.trains_nulls)
    order = EpochOrder(split.image_of, config.seed)
    batches = Batches(order, config.batch, accelerator.num_processes)
    data = on_device(student, setup, "train", device)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)  # of a method's own layers
        method = build_method(setup, student)
    objective = Objective(student, data, setup.mix, method).to(device)
    held_out = read_inputs(student, setup.splits["validation"])
    learner = build_learner(student, setup, data, device)
    optimizer = torch.optim.AdamW(
        [p for p in objective.parameters() if p.requires_grad], lr=config.rate, weight_decay=0.01, fused=True
    )
    model, optimizer, loader = accelerator.prepare(
        objective, optimizer, DataLoader(range(len(split)), batch_sampler=batches, collate_fn=torch.tensor)
    )
    state = {"student": (objective, optimizer.optimizer)}
    if learner is not None:
        state["weights"] = (learner.net, learner.optimizer)
    history, before = _resume(state, run)
    done = accelerator.gather(torch.tensor([len(history)], device=device))
    if (done != len(history)).any():
        raise UserError(
            f"Not every process finds the checkpoint in {run.folder}: give a folder that all machines share."
        )
    started, steps = time.perf_counter(), config.epochs * len(batches.sizes)
    meter = Meter(accelerator, watch, steps)
    for epoch in range(len(history), config.epochs):
        order.epoch = epoch
        shown = shown_views(config, len(split), epoch)
        shown = None if shown is None else shown.to(device)
        student.train()
        for step, (rows, size) in enumerate(zip(loader, batches.sizes, strict=True), start=epoch * len(batches.sizes)):
            rate = config.rate * schedule((step + 1) / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            weights = _weights(data, learner, rows)
            with accelerator.autocast():
                loss, terms = model(rows, weights, None if shown is None else shown[rows])
            # gradients are averaged over processes; shares of a batch may differ by one example
            accelerator.backward(loss * (len(rows) * accelerator.num_processes / size))
            if learner is not None and step % EVERY == 0:
                learner.update(step, rows, rate, lambda gradient: accelerator.reduce(gradient, "mean"))
            optimizer.step()
            optimizer.zero_grad()
            meter.add(step + 1, len(rows), {"loss": loss, **terms}, weights)
        student.eval()
        if not config.trains_nulls:
            encoded = encode_split(student, data.inputs)
            student.set_nulls(*(v.clone() for v in mean_encoding(encoded, split)))
        history.append({"epoch": epoch + 1, **meter.epoch_means(), **_validation(student, setup, held_out)})
        seconds = before + time.perf_counter() - started
        if accelerator.is_main_process:
            run.save_checkpoint(pack(state), {"history": history, "seconds": seconds})
        watch({"kind": "epoch", **history[-1], "epochs": config.epochs})
    student.set_references(references(encode_split(student, data.inputs), split))
    return history, before + time.perf_counter() - started, data.weights if learner is None else learner.all_weights()


def build_learner(student: TwoTower, setup: Setup, data: Data, device: torch.device) -> Learner | None:
    """The weight network of a run whose weights are learned; None for others."""
    config = setup.config
    if config.weighting != "learned":
        return None
    meta = on_device(student, setup, "meta", device)
    return Learner(LookAhead(student, setup.mix), data, meta, config.beta, config.batch, config.seed)


def _weights(data: Data, learner: Learner | None, rows: Tensor) -> Tensor | None:
    if learner is not None:
        return learner.weights(rows).detach()
    return None if data.weights is None else data.weights[rows]


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


def _validation(student: TwoTower, setup: Setup, inputs: Inputs) -> dict:
    split = setup.splits["validation"]
    logits = fuse_split(student, encode_split(student, inputs), split)
    found = {"metrics": metrics_by_view(setup.task, logits, split.labels)}
    if setup.targets:
        found["agreement"] = agreement_by_view(setup.task, setup.targets["validation"], logits)
    return found


def _resume(state: State, run: Run) -> tuple[list[dict], float]:
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
