"""What each process of `test_processes.py` does and tells: `python -m tests.core.two_processes FOLDER`."""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import msd_core.distill
import msd_core.teacher
import msd_core.train
from msd_core.config import Config
from msd_core.distill import distill
from msd_core.errors import UserError
from msd_core.models.files import hash_state
from msd_core.processes import new_accelerator
from msd_core.steps import Batches, EpochOrder, Objective

# shares of 4 and 3 examples, in the last batch of 2 and 1: a mean of the two shares is not the mean of the batch
QUICK = {"task": "digits", "student": "student-tiny", "epochs": 2, "train_size": 332, "batch": 7}
DEALT = ((332, 7), (301, 50), (7, 64), (2, 64), (299, 3))  # examples, batch
RELATING = ("rkd", "sp", "dist", "crd")


def dealt() -> list[list[list[list[int]]]]:
    """The batches that this process gets in two epochs of each of `DEALT`, through the loader of the loop."""
    accelerator = new_accelerator()
    found = []
    for size, batch in DEALT:
        order = EpochOrder(torch.arange(size) // 3, seed=0)
        batches = Batches(order, batch, accelerator.num_processes)
        loader = accelerator.prepare(DataLoader(range(size), batch_sampler=batches, collate_fn=torch.tensor))
        epochs = []
        for order.epoch in range(2):
            epochs.append([rows.tolist() for rows in loader])
        found.append(epochs)
    return found


def watched(module, name: str, see) -> None:
    """Let `see(arguments, result)` be called after every call of a module's function."""
    function = getattr(module, name)

    def call(*arguments):
        result = function(*arguments)
        see(arguments, result)
        return result

    setattr(module, name, call)


def said(config: Config, folder: Path) -> str:
    """The sentence that a run ends in."""
    try:
        distill(config, folder)
    except UserError as error:
        return str(error)
    return ""


def main(folder: Path) -> None:
    rank, asked, students, nets = int(os.environ["RANK"]), [], [], []
    watched(msd_core.teacher, "logits_by_view", lambda given, _: asked.append(len(given[1])))
    watched(msd_core.distill, "train", lambda given, _: students.append(hash_state(given[0].student.state_dict())))
    watched(msd_core.train, "build_learner", lambda _, learner: nets.append(learner))
    record = {"dealt": dealt()}
    distill(Config(**QUICK), folder / "instance")
    record["asked"], record["files"] = list(asked), sorted(p.name for p in arrays().glob("*"))
    distill(Config(**QUICK, weighting="learned"), folder / "learned")
    record["students"], record["net"] = students, hash_state(nets[-1].net.state_dict())
    record["said"] = {m: said(Config(**QUICK, method=m), folder / m) for m in RELATING}
    (folder / f"{rank}.json").write_text(json.dumps(record))
    die_in_the_second_epoch()
    distill(Config(**QUICK), folder / "killed")


def arrays() -> Path:
    """Where cached arrays lie."""
    return Path(os.environ["MSD_HOME"]) / "arrays"


def die_in_the_second_epoch() -> None:
    """Kill this process a few steps after the first epoch of the next run, whose checkpoint is then written."""
    steps, forward = [], Objective.forward

    def step(*arguments):
        steps.append(None)
        if len(steps) == QUICK["train_size"] // QUICK["batch"] + 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return forward(*arguments)

    Objective.forward = step


if __name__ == "__main__":
    main(Path(sys.argv[1]))
