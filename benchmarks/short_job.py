"""A short job as the command line runs it: easy-vqa, 8,000 examples x 5 epochs, MSD, teacher's targets not yet cached,
evaluation included. Bar: at most 20 s on two cores.

Reading the public data for the first time is not the job: its splits and pixels are there. How long the pixels take is
printed beside it.
"""

from benchmarks.homes import home_with_data, make_pixels
from benchmarks.timing import seconds
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import distill


def main() -> None:
    task = load_task("easy-vqa")
    teacher = load_bundled(task, "teacher")
    with home_with_data(task) as folder:
        pixels = seconds(lambda: make_pixels(task, teacher.model.preprocess))
        took = seconds(lambda: distill(task, Config(epochs=5), folder / "run", teacher))
    print(f"short job: {took:.1f} s (bar 20); the pixels of all three splits, before it: {pixels:.1f} s")


if __name__ == "__main__":
    main()
