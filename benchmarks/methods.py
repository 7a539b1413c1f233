"""A step of every method against a step of `kd`: bundled teacher and student, the same batches of easy-vqa."""

from benchmarks.steps import stepper
from benchmarks.timing import side_by_side
from msd_core.methods import METHODS
from msd_core.training.config import Config

STEPS = 20  # a side takes in a round


def main() -> None:
    kd = stepper(Config(method="kd", weighting="none"), STEPS)
    for method in METHODS:
        if method != "kd":
            other = stepper(Config(method=method, weighting="none"), STEPS)
            print(f"{method}: {side_by_side(other, kd, rounds=10)[2]:.2f} x a kd step", flush=True)


if __name__ == "__main__":
    main()
