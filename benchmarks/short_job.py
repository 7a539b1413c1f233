"""A short job as the command line runs it: easy-vqa, 8,000 examples x 5 epochs, MSD, teacher's targets not yet cached,
evaluation included. Bar: at most 20 s on two cores."""

import os
import tempfile

from benchmarks.timing import seconds
from msd_core.config import Config
from msd_core.distill import distill
from msd_core.storage import home
from msd_core.tasks import SPLITS, get_task, load_split


def main() -> None:
    for split in SPLITS:
        load_split(get_task("easy-vqa"), split)  # reading the public data for the first time is not the job
    with tempfile.TemporaryDirectory() as folder:
        os.symlink((home() / "tasks").resolve(), os.path.join(folder, "tasks"))
        os.environ["MSD_HOME"] = folder
        took = seconds(lambda: distill(Config(epochs=5), os.path.join(folder, "run")))
    print(f"short job: {took:.1f} s (bar 20)")


if __name__ == "__main__":
    main()
