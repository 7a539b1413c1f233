"""Explore on the whole easy-VQA test split (9,673 questions, teacher and three students): all that the tab draws, from
an empty cache and, the median of five times, from a full one. Bars: 20 s and 1 s on two cores."""

import os
import subprocess
import sys
import tempfile
from statistics import median

WORK = """
import gc
import time
import torch
torch.set_num_threads(2)
from analysis.report import survey_sections
from analysis.dataset.survey import survey
from msd_core.models.bundled import bundled_models
from msd_core.tasks import load_task
task = load_task("easy-vqa")
gc.collect()  # what the imports left is not counted either
started = time.perf_counter()
survey_sections(survey(task, bundled_models(task)))
print(time.perf_counter() - started)
"""


def once(home: str) -> float:
    """Seconds from the question to the last figure, imports not counted, in a process of its own."""
    command, environment = [sys.executable, "-c", WORK], {**os.environ, "MSD_HOME": home}
    return float(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        first, *again = (once(home) for _ in range(6))
    print(f"Explore, easy-VQA test split, four models: {first:.1f} s at first (bar 20)")
    print(f"and {median(again):.2f} s again (bar 1)")


if __name__ == "__main__":
    main()
