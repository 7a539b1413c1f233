"""One MSD step against one KD step: bundled student, the same batches of easy-vqa. Bar: at most 1.15 x."""

import torch

from benchmarks.timing import side_by_side
from msd_core.config import Config
from msd_core.models.zoo import build, get_spec
from msd_core.setup import build_method, on_device, prepare
from msd_core.steps import EpochOrder, Objective

STEPS = 30  # a side takes in a round


def stepper(weighting: str):
    """A function that takes `STEPS` steps of this weighting."""
    setup = prepare(Config(weighting=weighting))
    train = setup.splits["train"]
    torch.manual_seed(0)
    student = build(get_spec("student"), len(setup.task.labels))
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, fused=True)
    data = on_device(student, setup, "train", torch.device("cpu"))
    objective = Objective(student, data, setup.mix, build_method(setup, student))
    batches = torch.tensor(list(EpochOrder(train.image_of, 0))).split(64)[:STEPS]

    def work():
        for rows in batches:
            loss, _ = objective(rows, None if data.weights is None else data.weights[rows])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return work


def main() -> None:
    msd, kd, ratio = side_by_side(stepper("instance"), stepper("none"), rounds=30)
    print(f"MSD step {msd / STEPS * 1e3:.2f} ms, KD step {kd / STEPS * 1e3:.2f} ms: {ratio:.3f} x (bar 1.15)")


if __name__ == "__main__":
    main()
