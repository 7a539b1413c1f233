"""A step of `learned` weighting against one of `instance`: bundled student, the same batches of easy-vqa. Bar: 2 x."""

from collections.abc import Callable

import torch

from benchmarks.steps import LR, bundled_run, first_batches, stepper
from benchmarks.timing import side_by_side
from msd_core.training.config import Config
from msd_core.training.meta_weighting import EVERY, LookAhead, MetaWeights

STEPS = 30  # a side takes in a round: a multiple of EVERY


def learned_stepper() -> Callable[[], None]:
    """A function that takes `STEPS` steps, their looks ahead included."""
    setup, objective = bundled_run(Config(weighting="learned"))
    look = LookAhead(objective.student, setup.config, setup.task.multilabel)
    meta_weights = MetaWeights(look, setup.data["train"], setup.data["meta"])
    optimizer = torch.optim.AdamW(objective.parameters(), lr=LR, fused=True)
    batches = first_batches(objective, STEPS)

    def work() -> None:
        for step, rows in enumerate(batches):
            objective(rows, meta_weights.weights(rows).detach())[0].backward()
            if step % EVERY == 0:
                meta_weights.update(step, rows, LR)
            optimizer.step()
            optimizer.zero_grad()

    return work


def main() -> None:
    instance_stepper = stepper(Config(weighting="instance", hold_out=True), STEPS)
    learned, instance, ratio = side_by_side(learned_stepper(), instance_stepper, rounds=12)
    both = f"learned {learned / STEPS * 1e3:.2f} ms a step, instance {instance / STEPS * 1e3:.2f} ms"
    print(f"{both}: {ratio:.2f} x (bar 2), the network improved every {EVERY} steps")


if __name__ == "__main__":
    main()
