"""One MSD step against one KD step: bundled student, the same batches of easy-vqa. Bar: at most 1.15 x."""

from benchmarks.steps import stepper
from benchmarks.timing import side_by_side
from msd_core.training.config import Config

STEPS = 30  # a side takes in a round


def main() -> None:
    sides = [stepper(Config(weighting=weighting), STEPS) for weighting in ("instance", "none")]
    msd, kd, ratio = side_by_side(*sides, rounds=30)
    print(f"MSD step {msd / STEPS * 1e3:.2f} ms, KD step {kd / STEPS * 1e3:.2f} ms: {ratio:.3f} x (bar 1.15)")


if __name__ == "__main__":
    main()
