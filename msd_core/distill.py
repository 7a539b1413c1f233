"""Distillation: one config, one result."""

import os
import platform
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from msd_core.config import Config
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    main_metric,
    metrics_by_view,
)
from msd_core.inputs import read_inputs
from msd_core.marginal import marginal, marginal_agreement
from msd_core.models.bundled import report
from msd_core.models.files import save_model
from msd_core.models.two_tower import TwoTower
from msd_core.models.zoo import build, get_spec, parameters
from msd_core.processes import first_process_first, new_accelerator
from msd_core.runs import Run, open_run
from msd_core.setup import Setup, Watch, check, check_processes, prepare
from msd_core.train import Loop, train
from msd_core.views import MODALITIES, VIEWS


def distill(config: Config, folder: str | Path, watch: Watch = lambda event: None) -> dict:
    """Run one distillation in its folder and return its result, plain data.

    A folder that holds an interrupted run of the same config goes on from its last epoch and ends with the numbers of
    an unbroken one; a finished one gives its result again. `watch` is told of each stage, step and epoch. Under
    `accelerate launch` every process calls this with the same folder; the first one writes and is watched.
    """
    commit()  # as the code was loaded
    check(config)  # a mistyped teacher must not leave a folder behind
    accelerator = new_accelerator()
    check_processes(config, accelerator.num_processes)
    if not accelerator.is_main_process:
        watch = _ignore
    with first_process_first(accelerator):
        run = open_run(Path(folder), asdict(config))
    if (known := run.result) is not None:
        watch({"kind": "done", "result": known})
        return known
    started = time.perf_counter()
    with first_process_first(accelerator):  # the first fills the caches, the others find them
        setup = prepare(config, accelerator.device, watch)
    spec = get_spec(config.student)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        student = build(spec, len(setup.task.labels))
    if spec.frozen:
        student.to(accelerator.device)
        with first_process_first(accelerator):  # what frozen towers say
            for split in setup.splits.values():
                read_inputs(student, split)
    around = time.perf_counter() - started
    loop = Loop(student, setup, run, accelerator, watch)
    train(loop)
    seconds, history, weights = loop.seconds, loop.history, loop.weights()
    watch({"kind": "stage", "text": "Testing"})
    started = time.perf_counter()
    result, logits = _result(student, setup, history, weights, run)
    result["seconds"] = around + seconds + time.perf_counter() - started
    if accelerator.is_main_process:
        info = {"name": method_title(config), "config": asdict(config)}
        save_model(run.model_file, student, spec, setup.task, info)
        run.save_tensors("test.safetensors", {"logits": logits[:, VIEWS.index("both")].half()})
        if weights is not None:
            run.save_tensors("weights.safetensors", {"weights": weights, "saliency": setup.saliency})
        run.write_json("metrics.json", {"history": history})
        run.write_json("result.json", result)
    accelerator.wait_for_everyone()
    watch({"kind": "done", "result": result})
    return result


def _ignore(event: dict) -> None:
    """What processes but the first do with an event."""


def method_title(config: Config) -> str:
    """What people call the student of this config: `kd`, `ce`, `kd + instance`."""
    return config.method if config.weighting == "none" else f"{config.method} + {config.weighting}"


def _result(
    student: TwoTower, setup: Setup, history: list[dict], weights: Tensor | None, run: Run
) -> tuple[dict, Tensor]:
    """Test metrics and agreement by view, sizes, and what is needed to repeat the run; and the logits `(N, 4, C)`."""
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
    result = {
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
        "weights": None if weights is None else dict(zip(MODALITIES, weights.mean(0).tolist(), strict=True)),
        "realised_weights": history[-1].get("weights"),
        "environment": {
            "torch": torch.__version__,
            "device": str(next(student.parameters()).device),
            "threads": torch.get_num_threads(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "commit": commit(),
        },
        "run": str(run.folder),
    }
    return result, logits


@cache
def commit() -> str | None:
    """The commit that the program was at when this was first called, `-dirty` where changed; None without a clone."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    with suppress(OSError):  # no git here
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
        return done.stdout.strip() or None
    return None
