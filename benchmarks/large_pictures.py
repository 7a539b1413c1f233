"""A distillation over 20,000 pictures of 224 px, in a process of its own as the page starts one, twice: the memory it
takes, and what the caches save the second time. Bar: 1.5 GB resident above a process that has only imported.

    python -m benchmarks.large_pictures --pictures 2000
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks import large_task
from benchmarks.homes import new_home
from benchmarks.memory import Memory, Watch
from benchmarks.timing import seconds
from msd_core.models.files import LoadedModel, load_model, save_model
from msd_core.models.zoo import build
from msd_core.tasks import WHOLE, Task
from msd_core.training.config import Config
from msd_core.training.events import Done, Step
from msd_core.training.jobs import start

IMPORTS = """
import benchmarks.large_task, msd_core.models.bundled, msd_core.training.distill
from benchmarks.memory import memory_of
memory = memory_of("self")
print(memory.resident, memory.anonymous)
"""
CONFIG = Config(model=large_task.STUDENT, train_size=WHOLE, epochs=1)


@dataclass(frozen=True)
class Measured:
    """A job: seconds until its first step and until its end, and the memory that it took at most."""

    before: float
    whole: float
    peak: Memory


def untrained_teacher(task: Task, folder: Path) -> LoadedModel:
    """A teacher that answers anything: it costs what a trained one does."""
    torch.manual_seed(0)
    model = build(large_task.TEACHER, len(task.labels))
    save_model(folder / "model.safetensors", model, large_task.TEACHER, task)
    return load_model(folder, task)


def imports_alone() -> Memory:
    """The memory of a process that has imported what a job does."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], stdout=subprocess.PIPE, text=True, check=True)
    return Memory(*map(int, done.stdout.split()))


def measure(task: Task, folder: Path, teacher: LoadedModel) -> Measured:
    """Run one job to its end."""
    started, before, last = time.perf_counter(), 0.0, None
    job = start(task, CONFIG, folder, teacher)
    watch = Watch(job.process.pid)
    for last in job.events():
        if isinstance(last, Step) and not before:
            before = time.perf_counter() - started
    if not isinstance(last, Done):
        raise SystemExit(f"The job did not finish: {last}")
    return Measured(before, time.perf_counter() - started, watch.peak)


def line(name: str, job: Measured, imports: Memory) -> str:
    """A job in words; gigabytes of 10^9 bytes."""
    above = job.peak - imports
    return (
        f"{name}: {job.whole:.1f} s, {job.before:.1f} s of them before the first step; peak resident "
        f"{job.peak.resident / 1e9:.2f} GB, {above.resident / 1e9:.2f} above the imports (bar 1.5), mapped files "
        f"included; anonymous {job.peak.anonymous / 1e9:.2f} GB, {above.anonymous / 1e9:.2f} above"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=20_000)
    count = parser.parse_args().pictures
    with new_home() as folder:
        os.environ[large_task.FOLDER] = str(folder / "pictures")
        drawn = seconds(lambda: large_task.draw(count))
        print(f"{count:,} pictures of {large_task.SIZE} px, drawn in {drawn:.0f} s", flush=True)
        imports = imports_alone()
        print(f"imports alone: {imports.resident / 1e9:.2f} GB resident, {imports.anonymous / 1e9:.2f} GB anonymous")
        teacher = untrained_teacher(large_task.TASK, folder / "teacher")
        jobs = []
        for name in ("first", "second"):
            jobs.append(measure(large_task.TASK, folder / name, teacher))
            print(line(f"{name} run", jobs[-1], imports), flush=True)
    first, second = jobs
    print(
        f"second run against first: {second.whole / first.whole:.2f} x the time, "
        f"{second.before / first.before:.3f} x until the first step"
    )


if __name__ == "__main__":
    main()
