"""A step of every method against a step of `kd`: bundled teacher and student, the same batches of easy-vqa."""

import torch

from benchmarks.timing import side_by_side
from msd_core.config import Config
from msd_core.methods import METHODS
from msd_core.models.zoo import build as build_model
from msd_core.models.zoo import get_spec
from msd_core.setup import on_device, prepare
from msd_core.steps import EpochOrder
from msd_core.train import build_objective

STEPS = 20  # a side takes in a round


def stepper(method: str):
    """A function that takes `STEPS` steps of this method."""
    setup = prepare(Config(method=method, weighting="none"))
    torch.manual_seed(0)
    student = build_model(get_spec("student"), len(setup.task.labels))
    data = on_device(student, setup, "train", torch.device("cpu"))
    objective = build_objective(student, setup, data)
    optimizer = torch.optim.AdamW(objective.parameters(), lr=1e-3, fused=True)
    batches = torch.tensor(list(EpochOrder(data.image_of, 0))).split(64)[:STEPS]

    def work():
        for rows in batches:
            objective(rows)[0].backward()
            optimizer.step()
            optimizer.zero_grad()

    return work


def main() -> None:
    kd = stepper("kd")
    for method in METHODS:
        if method != "kd":
            print(f"{method}: {side_by_side(stepper(method), kd, rounds=10)[2]:.2f} x a kd step", flush=True)


if __name__ == "__main__":
    main()
