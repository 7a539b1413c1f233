"""An epoch of learned weighting against one of `instance`: bundled student, the same batches of easy-vqa. Bar: 2 x."""

import torch

from benchmarks.timing import side_by_side
from msd_core.config import Config
from msd_core.learned import EVERY
from msd_core.models.zoo import build, get_spec
from msd_core.setup import build_method, on_device, prepare
from msd_core.steps import EpochOrder, Objective
from msd_core.train import build_learner

STEPS = 30  # a side takes in a round: a multiple of EVERY


def stepper(weighting: str):
    """A function that takes `STEPS` steps of this weighting."""
    setup = prepare(Config(weighting=weighting, withhold=True))
    torch.manual_seed(0)
    student = build(get_spec("student"), len(setup.task.labels))
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, fused=True)
    data = on_device(student, setup, "train", torch.device("cpu"))
    objective = Objective(student, data, setup.mix, build_method(setup, student))
    learner = build_learner(student, setup, data, torch.device("cpu"))
    batches = torch.tensor(list(EpochOrder(data.image_of, 0))).split(64)[:STEPS]

    def work():
        for step, rows in enumerate(batches):
            weights = data.weights[rows] if learner is None else learner.weights(rows).detach()
            objective(rows, weights)[0].backward()
            if learner is not None and step % EVERY == 0:
                learner.update(step, rows, 1e-3)
            optimizer.step()
            optimizer.zero_grad()

    return work


def main() -> None:
    learned, instance, ratio = side_by_side(stepper("learned"), stepper("instance"), rounds=12)
    both = f"learned {learned / STEPS * 1e3:.2f} ms a step, instance {instance / STEPS * 1e3:.2f} ms"
    print(f"{both}: {ratio:.2f} x (bar 2), the network improved every {EVERY} steps")


if __name__ == "__main__":
    main()
