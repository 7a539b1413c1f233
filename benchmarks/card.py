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
from benchmarks.timing import seconds
from msd_core.config import Config
from msd_core.distill import distill
from msd_core.models.zoo import build, get_spec
from msd_core.recipes import WHOLE, teacher_config
from msd_core.setup import build_method, on_device, prepare
from msd_core.steps import EpochOrder, Objective

STEPS = 50  # of the teacher's training, timed after as many to warm up


def synchronise() -> None:
    """Wait for what was asked of the card."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def peak(device: torch.device, dtype: torch.dtype) -> float:
    """The best rate of a product of two large matrices, FLOP a second."""
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


def teacher_rate(device: torch.device, dtype: torch.dtype, batch: int, examples: int) -> float:
    """How many FLOP a second the teacher's training does, forward and backward."""
    setup = prepare(teacher_config("easy-vqa", batch=batch, train_size=examples))
    torch.manual_seed(0)
    model = build(get_spec("teacher"), len(setup.task.labels)).to(device)
    data = on_device(model, setup, "train", device)
    objective = Objective(model, data, setup.mix, build_method(setup, model))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    batches = torch.tensor(list(EpochOrder(data.image_of.cpu(), 0))).to(device).split(batch)[:STEPS]

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
    with tempfile.TemporaryDirectory() as folder:
        config = Config(epochs=options.epochs, train_size=options.examples)
        took = distill(config, Path(folder) / "run")["seconds"]
    best, reached = peak(device, dtype), teacher_rate(device, dtype, options.batch, options.examples)
    name = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    print(f"{name}: easy-vqa, {options.epochs} epochs of MSD: {took:.1f} s, reading, targets and testing included")
    print(
        f"teacher's training, batch {options.batch}: {reached / 1e12:.3f} TFLOP/s of {best / 1e12:.3f} measured:"
        f" {reached / best:.1%}"
    )


if __name__ == "__main__":
    main()
