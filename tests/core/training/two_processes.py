"""What each process of `test_processes.py` does and notes: `python -m tests.core.training.two_processes FOLDER`."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import msd_core.training.teacher
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.tensors import hash_state
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.objective import Objective
from msd_core.training.processes import new_accelerator
from msd_core.training.sampler import BatchSampler, EpochOrder
from msd_core.training.trainer import Trainer

# shares of 4 and 3 examples, in the last batch of 2 and 1: a mean of the two shares is not the mean of the batch; and a
# seed whose students meet no near tie of a maximum over places, where rounding alone would choose the gradient
QUICK = Config(model="student-tiny", epochs=2, train_size=332, batch_size=7, seed=2)
RECOMBINED = replace(QUICK, weighting="none", recombine=3, epochs=1)
DEALT = ((332, 7), (301, 50), (7, 64), (2, 64), (299, 3))  # examples, batch size
RELATING = ("rkd", "sp", "dist", "crd")


def dealt() -> list[list[list[list[int]]]]:
    """The batches that this process gets in two epochs of each of `DEALT`, through the loader of the loop."""
    accelerator = new_accelerator()
    cases = []
    for size, batch_size in DEALT:
        order = EpochOrder(torch.arange(size) // 3, seed=0)
        batches = BatchSampler(order, batch_size, accelerator.num_processes)
        loader = accelerator.prepare(DataLoader(range(size), batch_sampler=batches, collate_fn=torch.tensor))
        epochs = []
        for order.epoch in range(2):
            epochs.append([rows.tolist() for rows in loader])
        cases.append(epochs)
    return cases


def watch(home, name: str, see) -> None:
    """Let `see(arguments, result)` be called after every call of a function of a module or class."""
    function = getattr(home, name)

    def call(*arguments):
        result = function(*arguments)
        see(arguments, result)
        return result

    setattr(home, name, call)


def sentence(config: Config, folder: Path) -> str:
    """What a run ends in."""
    try:
        run(config, folder)
    except UserError as error:
        return str(error)
    return ""


def run(config: Config, folder: Path) -> None:
    task = load_task("digits")
    distill(task, config, folder, load_bundled(task, "teacher"))


def main(folder: Path) -> None:
    rank, passes, trainers = int(os.environ["RANK"]), [], []
    watch(msd_core.training.teacher, "logits_by_view", lambda arguments, _: passes.append(len(arguments[1])))
    watch(Trainer, "fit", lambda arguments, _: trainers.append(arguments[0]))
    record = {"dealt": dealt()}
    run(QUICK, folder / "instance")
    record["passes"], record["files"] = list(passes), sorted(p.name for p in arrays().glob("*"))
    run(RECOMBINED, folder / "recombined")
    run(replace(QUICK, weighting="learned"), folder / "learned")
    record["students"] = [hash_state(trainer.student.state_dict()) for trainer in trainers]
    record["net"] = hash_state(trainers[-1].meta_weights.net.state_dict())
    record["sentences"] = {m: sentence(replace(QUICK, method=m), folder / m) for m in RELATING}
    (folder / f"{rank}.json").write_text(json.dumps(record))
    die_in_the_second_epoch()
    run(QUICK, folder / "killed")


def arrays() -> Path:
    """Where cached arrays lie."""
    return Path(os.environ["MSD_HOME"]) / "arrays"


def die_in_the_second_epoch() -> None:
    """Kill this process a few steps after the first epoch of the next run, whose checkpoint is then written."""
    steps, forward = [], Objective.forward

    def step(*arguments):
        steps.append(None)
        if len(steps) == QUICK.train_size // QUICK.batch_size + 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return forward(*arguments)

    Objective.forward = step


if __name__ == "__main__":
    main(Path(sys.argv[1]))
