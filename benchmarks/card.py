"""A card at work: full easy-vqa, 10 epochs of MSD, in seconds; and the teacher's training against the card's peak.

The peak is measured in the same run, with products of large matrices in the precision that training uses. Runs on a CPU
too; try it there with `--examples 1000 --epochs 1`.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.counting import count
from benchmarks.steps import first_batches
from benchmarks.timing import seconds
from msd_core.models.bundled import load_bundled
from msd_core.tasks import WHOLE, Task, load_task
from msd_core.training.config import Config, teacher_config
from msd_core.training.distill import distill, new_student
from msd_core.training.objective import Objective
from msd_core.training.prepare import prepare

STEPS = 50  # of the teacher's training, timed after as many to warm up


def synchronise() -> None:
    """Wait for all that the card was sent."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def peak(device: torch.device, dtype: torch.dtype) -> float:
    """The best speed of a product of two large matrices, FLOP a second."""
    size = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(10):
        synchronise()
        started = time.perf_counter()
        a @ b
        synchronise()
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def teacher_speed(task: Task, config: Config, device: torch.device, dtype: torch.dtype) -> float:
    """How many FLOP a second the teacher's training does, forward and backward."""
    model = new_student(task, config).to(device)
    setup = prepare(task, config, model, None, device)
    objective = Objective(model, setup.method, setup.data["train"], config, task.multilabel)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    batches = [rows.to(device) for rows in first_batches(objective, STEPS)]

    def steps() -> None:
        for rows in batches:
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                loss = objective(rows)[0]
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        synchronise()

    return count(steps, pairs=1) / seconds(steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=WHOLE)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=64, help="of the teacher's training; a card wants more")
    options = parser.parse_args()
    cuda = torch.cuda.is_available()
    device, dtype = torch.device("cuda" if cuda else "cpu"), torch.bfloat16 if cuda else torch.float32
    task = load_task("easy-vqa")
    with tempfile.TemporaryDirectory() as folder:
        config = Config(epochs=options.epochs, train_size=options.examples)
        took = distill(task, config, Path(folder) / "run", load_bundled(task, "teacher"))["seconds"]
    training = teacher_config(task, batch_size=options.batch, train_size=options.examples)
    best, reached = peak(device, dtype), teacher_speed(task, training, device, dtype)
    name = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    print(f"{name}: easy-vqa, {options.epochs} epochs of MSD: {took:.1f} s, reading, targets and testing included")
    print(
        f"teacher's training, batch {options.batch}: {reached / 1e12:.3f} TFLOP/s of {best / 1e12:.3f} measured:"
        f" {reached / best:.1%}"
    )


if __name__ == "__main__":
    main()
