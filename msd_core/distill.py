"""Distillation: one config, one loop, one result."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    logits_by_view,
    main_metric,
    mean_encoding,
    metrics_by_view,
    references,
)
from msd_core.inputs import read_inputs
from msd_core.losses import Mix
from msd_core.marginal import marginal, marginal_agreement
from msd_core.models.bundled import load_teacher, report
from msd_core.models.files import Loaded, save_model
from msd_core.models.two_tower import TwoTower
from msd_core.models.zoo import build, get_spec, parameters
from msd_core.runs import Run, open_run
from msd_core.saliency import saliency
from msd_core.steps import Data, EpochOrder, batch_loss, schedule, shown_views
from msd_core.tasks import SPLITS, Split, Task, get_task, load_split
from msd_core.teacher import targets
from msd_core.views import MODALITIES, VIEWS
from msd_core.weighting import weights

_REPORT_EVERY = 0.3  # seconds between two events of a step: a page cannot draw faster

Watch = Callable[[dict], None]


@dataclass(frozen=True)
class Setup:
    """All that a run needs before its first step."""

    config: Config
    task: Task
    splits: dict[str, Split]
    teacher: Loaded | None
    targets: dict[str, Tensor]  # by split, (N, 4, C); empty without a teacher
    weights: Tensor | None  # (N, 2) of the training split


def prepare(config: Config, device: torch.device | str = "cpu", watch: Watch = lambda event: None) -> Setup:
    """Load the splits and the teacher, answer every split with it (or find the answers cached), and weigh."""
    task = get_task(config.task)
    watch({"kind": "stage", "text": "Reading the data"})
    splits = {name: load_split(task, name) for name in SPLITS}
    splits["train"] = splits["train"].take(config.train_size)
    teacher = None if config.teacher is None else load_teacher(config.teacher, task)
    answers = {}
    if teacher is not None:
        watch({"kind": "stage", "text": "Asking the teacher under the four views"})
        answers = {name: torch.from_numpy(targets(teacher, split, device).copy()) for name, split in splits.items()}
        if not all(torch.isfinite(values).all() for values in answers.values()):
            raise UserError("The teacher answers with numbers that are not finite: train it anew, or choose another.")
    weighting = None
    if config.weighting != "none":
        salient = saliency(answers["train"], config.saliency, task.multilabel)
        weighting = weights(config.weighting, salient, config.beta, config.to)
    return Setup(config, task, splits, teacher, answers, weighting)


def distill(config: Config, folder: str | Path, watch: Watch = lambda event: None) -> dict:
    """Run one distillation in its folder and return its result, plain data.

    A folder that holds an interrupted run of the same config goes on from its last epoch and ends with the numbers of
    an unbroken one; a finished one gives its result again. `watch` is told of each stage, step and epoch.
    """
    started = time.perf_counter()
    if config.teacher is not None:
        load_teacher(config.teacher, get_task(config.task))  # a mistyped one must not leave a folder behind
    run = open_run(Path(folder), asdict(config))
    if (known := run.result) is not None:
        watch({"kind": "done", "result": known})
        return known
    accelerator = Accelerator(
        mixed_precision="bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "no",
        dataloader_config=DataLoaderConfiguration(even_batches=False),
    )
    setup = prepare(config, accelerator.device, watch)
    spec = get_spec(config.student)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        student = build(spec, len(setup.task.labels))
    history, before = _train(student, setup, run, accelerator, started, watch)
    watch({"kind": "stage", "text": "Testing"})
    result = _result(student, setup, run)
    result["seconds"] = before + time.perf_counter() - started
    save_model(run.model_file, student, spec, setup.task, {"name": method_title(config), "config": asdict(config)})
    run.write_json("metrics.json", {"history": history})
    run.write_json("result.json", result)
    watch({"kind": "done", "result": result})
    return result


def method_title(config: Config) -> str:
    """What people call the student of this config: `kd`, `ce`, `kd + instance`."""
    return config.method if config.weighting == "none" else f"{config.method} + {config.weighting}"


def _train(
    student: TwoTower, setup: Setup, run: Run, accelerator: Accelerator, started: float, watch: Watch
) -> tuple[list[dict], float]:
    """Train in place; return the history by epoch and the seconds that earlier tries had spent."""
    config, train = setup.config, setup.splits["train"]
    order = EpochOrder(train.image_of, config.seed)
    loader = DataLoader(
        range(len(train)), batch_sampler=BatchSampler(order, config.batch, False), collate_fn=torch.tensor
    )
    optimizer = torch.optim.AdamW(
        [p for p in student.parameters() if p.requires_grad], lr=config.rate, weight_decay=0.01, fused=True
    )
    model, optimizer, loader = accelerator.prepare(student, optimizer, loader)
    data = _on_device(student, setup, accelerator.device)
    mix = Mix(config.tau, config.lam, config.method == "ce", setup.task.multilabel)
    history, before = _resume(student, optimizer.optimizer, run)
    steps = config.epochs * len(loader)
    meter = Meter(watch, steps)
    for epoch in range(len(history), config.epochs):
        order.epoch = epoch
        shown = shown_views(config, len(train), epoch)
        shown = None if shown is None else shown.to(accelerator.device)
        student.train()
        for step, rows in enumerate(loader, start=epoch * len(loader)):
            for group in optimizer.param_groups:
                group["lr"] = config.rate * schedule((step + 1) / steps)
            with accelerator.autocast():
                loss, terms = batch_loss(model, data, rows, mix, shown)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            meter.add(step + 1, {"loss": loss.detach(), **{k: v.detach() for k, v in terms.items()}})
        student.eval()
        if not config.trains_nulls:
            encoded = encode_split(student, data.inputs)
            student.set_nulls(*(v.clone() for v in mean_encoding(encoded, train)))
        history.append({"epoch": epoch + 1, "terms": meter.epoch_means(), **_validation(student, setup)})
        if setup.weights is not None:
            history[-1]["weights"] = _mean_weights(setup.weights)
        _save(student, optimizer.optimizer, run, history, before + time.perf_counter() - started)
        watch({"kind": "epoch", **history[-1], "epochs": config.epochs})
    student.set_references(references(encode_split(student, data.inputs), train))
    return history, before


class Meter:
    """Means of the named terms over an epoch; now and then they are reported. Values stay on the device till then."""

    def __init__(self, watch: Watch, steps: int):
        self.watch, self.steps = watch, steps
        self.sums: dict[str, Tensor] = {}
        self.count, self.reported = 0, 0.0

    def add(self, step: int, terms: dict[str, Tensor]) -> None:
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0) + value
        self.count += 1
        if time.perf_counter() - self.reported > _REPORT_EVERY:
            self.reported = time.perf_counter()
            self.watch(
                {"kind": "step", "step": step, "steps": self.steps, "terms": {k: float(v) for k, v in terms.items()}}
            )

    def epoch_means(self) -> dict[str, float]:
        means = {name: float(total) / self.count for name, total in self.sums.items()}
        self.sums, self.count = {}, 0
        return means


def _mean_weights(weights: Tensor) -> dict[str, float]:
    """The mean weight of each modality's term over the training examples, by modality."""
    return dict(zip(MODALITIES, weights.mean(0).tolist(), strict=True))


def _on_device(student: TwoTower, setup: Setup, device: torch.device) -> Data:
    train = setup.splits["train"]
    answers = setup.targets.get("train") if setup.config.needs_teacher else None
    return Data(
        read_inputs(student, train),
        train.image_of.to(device),
        train.text_of.to(device),
        train.labels.to(device),
        None if answers is None else answers.to(device),
        None if setup.weights is None else setup.weights.to(device),
    )


def _validation(student: TwoTower, setup: Setup) -> dict:
    split = setup.splits["validation"]
    logits = logits_by_view(student, split)
    found = {"metrics": metrics_by_view(setup.task, logits, split.labels)}
    if setup.targets:
        found["agreement"] = agreement_by_view(setup.task, setup.targets["validation"], logits)
    return found


def _save(student: TwoTower, optimizer: torch.optim.Optimizer, run: Run, history: list[dict], seconds: float) -> None:
    tensors = {f"model.{name}": value.detach().cpu().contiguous() for name, value in student.state_dict().items()}
    for name, parameter in student.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{name}.{key}"] = value.detach().cpu().contiguous()
    run.save_checkpoint(tensors, {"history": history, "seconds": seconds})


def _resume(student: TwoTower, optimizer: torch.optim.Optimizer, run: Run) -> tuple[list[dict], float]:
    saved = run.load_checkpoint()
    if saved is None:
        return [], 0.0
    tensors, counters = saved
    try:
        student.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
        for name, parameter in student.named_parameters():
            prefix = f"optimizer.{name}."
            state = {key.removeprefix(prefix): v for key, v in tensors.items() if key.startswith(prefix)}
            if state:
                optimizer.state[parameter] = {key: v.to(parameter.device) for key, v in state.items()}
        return list(counters["history"]), float(counters["seconds"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"The checkpoint in {run.folder} is of another task or student: delete the folder and start again."
        ) from error


def _result(student: TwoTower, setup: Setup, run: Run) -> dict:
    """Test metrics and agreement by view, sizes, and what is needed to repeat the run."""
    task, test, metric = setup.task, setup.splits["test"], main_metric(setup.task)
    encoded = encode_split(student, read_inputs(student, test))
    logits = fuse_split(student, encoded, test)
    found = metrics_by_view(task, logits, test.labels)
    reference, agreement, averaged = None, None, None
    if setup.targets:
        answers = setup.targets["test"]
        reference = metrics_by_view(task, answers, test.labels)
        agreement = agreement_by_view(task, answers, logits)
        averaged = marginal_agreement(answers, marginal(student, encoded, task.multilabel), test, task.multilabel)
    config = setup.config
    return {
        "task": config.task,
        "method": config.method,
        "weighting": config.weighting,
        "seed": config.seed,
        "metric": metric,
        "floors": report().get(config.task, {}).get("floors"),
        "teacher": reference and {view: reference[view][metric] for view in VIEWS},
        "student": {view: found[view][metric] for view in VIEWS},
        "agreement": agreement,
        "marginal_kl": averaged,
        "metrics": {"teacher": reference, "student": found},
        "parameters": {"student": parameters(student), "teacher": setup.teacher and parameters(setup.teacher.model)},
        "weights": None if setup.weights is None else _mean_weights(setup.weights),
        "environment": {
            "torch": torch.__version__,
            "device": str(next(student.parameters()).device),
            "threads": torch.get_num_threads(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        },
        "run": str(run.folder),
    }
