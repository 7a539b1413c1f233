"""Compare in the library: one pair, four views, teacher and two students. Bar: median at most 60 ms on two cores."""

import statistics

import torch

from benchmarks.timing import seconds
from msd_core.comparison import compare
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.tasks.pictures import read_picture


def main() -> None:
    torch.set_num_threads(2)
    task = load_task("easy-vqa")
    models = {name: load_bundled(task, name) for name in ("teacher", "kd", "msd")}
    pairs = [(read_picture(task.picture(e.image)), e.text) for e in task.examples("test")[:100]]
    compare(task, *pairs[0], models)
    times = [seconds(lambda pair=pair: compare(task, *pair, models)) for pair in pairs]
    print(f"Compare, four views x three models: median {statistics.median(times) * 1e3:.1f} ms (bar 60)")


if __name__ == "__main__":
    main()
