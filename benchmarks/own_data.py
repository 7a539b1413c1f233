"""People's own pairs from the table to a compared student: CPU time by stage, and what a second run costs. Bars: 4,000
pairs at 224 px in at most 8 CPU minutes; again, from caches, in at most 30 s.

    python -m benchmarks.own_data --pairs 4000

The pictures are noise over colours, as JPEG, no two alike; the weights are the real ones.
"""

import argparse
import csv
import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from msd_core.training.events import Event, Stage, Step

COLOURS = {"red": (200, 60, 50), "green": (60, 170, 80), "blue": (60, 80, 200), "grey": (130, 130, 130)}
THINGS = ("running shoe", "summer dress", "leather belt", "wrist watch", "cotton shirt")


class Clock:
    """CPU seconds by stage: those between one stage's event and the next one's."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.stage, self.since = "Importing and reading the table", time.process_time()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Stage | Step):
            self.to(event.text.split(":")[0] if isinstance(event, Stage) else "Training")

    def to(self, stage: str) -> None:
        now = time.process_time()
        self.seconds[self.stage] += now - self.since
        self.stage, self.since = stage, now

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def make_pairs(folder: Path, pairs: int, seed: int = 0) -> Path:
    """A table of pairs and their pictures."""
    rng = np.random.default_rng(seed)
    with (folder / "pairs.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "text", "label"])
        for i in range(pairs):
            colour, thing = rng.choice(list(COLOURS)), rng.choice(THINGS)
            noise = rng.integers(-40, 40, (28, 28, 3)).repeat(8, 0).repeat(8, 1)
            pixels = (np.array(COLOURS[str(colour)]) + noise).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}.jpg", quality=85)
            table.writerow([f"{i}.jpg", f"{thing} number {rng.integers(1000)}", f"{colour} {thing.split()[-1]}"])
    return folder / "pairs.csv"


def run(table: Path, folder: Path, student: str) -> Clock:
    """From the table to a compared student, as the command line does it."""
    clock = Clock()
    import msd_core as msd
    from msd_core.training.looks import look

    task = msd.read_task(table, report=lambda share, what: clock(Stage(what)))
    config = msd.teacher_config(task)
    look(task, config, clock)
    clock.to("Teacher: start")
    msd.distill(task, config, folder / "teacher", on_event=clock)
    teacher = msd.load_teacher(task, str(folder / "teacher"))
    clock.to("Student: start")
    msd.distill(task, msd.student_config(task, model=student), folder / "student", teacher, clock)
    clock.to("Comparing")
    models = {"teacher": teacher, "student": msd.load_model(folder / "student", task)}
    msd.compare(task, table.parent / "0.jpg", "red shoe", models)
    clock.to("")
    return clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--student", default="cut-student")
    options = parser.parse_args()
    pairs, student = options.pairs, options.student
    with tempfile.TemporaryDirectory() as place:
        os.environ["MSD_HOME"] = f"{place}/home"
        table = make_pairs(Path(place), pairs)
        first = run(table, Path(place) / "first", student)
        started = time.perf_counter()
        again = run(table, Path(place) / "again", student)
        seconds = time.perf_counter() - started
    for stage, used in sorted(first.seconds.items(), key=lambda item: -item[1]):
        print(f"{used:8.1f} s of CPU, {100 * used / first.total:5.1f} %  {stage}")
    print(f"{first.total / 60:.2f} CPU minutes for {pairs:,} pairs; again {again.total:.1f} s of CPU, {seconds:.1f} s")


if __name__ == "__main__":
    main()
