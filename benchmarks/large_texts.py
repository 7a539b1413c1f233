"""A table of texts of 14 languages through the frozen multilingual tower: texts a second beside the package's own
numpy, in one process and in two, one thread each; and its memory at two sizes, as a stream and as the split of a task.

    python -m benchmarks.large_texts --texts 1000000
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import many_texts
from benchmarks.homes import new_home
from benchmarks.text_worker import TOGETHER
from benchmarks.timing import seconds
from msd_core.tasks import load_split

TURNS = 6  # that each side has, of as many texts as the table has for them


def measure(what: str, table: Path, rows: int, processes: int = 1) -> list[dict[str, float]]:
    """What each process measured."""
    one = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] if processes > 1 else []
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "benchmarks.text_worker", f"{folder}/measured", what, str(table), str(rows)]
        subprocess.run([sys.executable, *one, *words], env=env, check=True)
        return [json.loads(file.read_text()) for file in sorted(Path(folder).glob("*.json"))]


def sides(table: Path, rows: int, processes: int) -> str:
    first = measure("sides", table, min(rows, TURNS * TOGETHER * processes), processes)[0]
    return (
        f"{processes} process(es): {first['ours']:,.0f} texts a second, the package {first['package']:,.0f}; "
        f"{first['ratio']:.2f} x, median of {first['turns']:.0f} turns; numbers differ by {first['apart']:.0e}; "
        f"{first['operations'] / 1e6:.1f} million FLOPs a text, {first['everywhere'] / 1e6:.1f} with each token "
        "multiplied wherever it stands"
    )


def stream(table: Path, rows: int, processes: int) -> str:
    each = measure("stream", table, rows, processes)
    peaks = ", ".join(f"{one['resident'] / 1e6:,.0f} MB ({one['anonymous'] / 1e6:,.0f} anonymous)" for one in each)
    took = max(one["seconds"] for one in each)
    return (
        f"stream of {rows:,} texts, {processes} process(es): {rows / took:,.0f} texts a second; peak resident {peaks}"
    )


def split(table: Path, rows: int) -> str:
    load_split(many_texts.task(table, rows), "train")  # so that the next process only reads it
    one = measure("split", table, rows)[0]
    return (
        f"split of {rows:,} texts: {one['seconds']:.0f} s, again {one['again']:.1f} s; at most "
        f"{one['anonymous'] / 1e6:,.0f} MB above the split itself"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    count = parser.parse_args().texts
    with new_home() as folder:
        table = folder / "texts.csv"
        print(f"{count:,} texts drawn in {seconds(lambda: many_texts.draw(table, count)):.0f} s", flush=True)
        for processes in (1, 2):
            print(sides(table, count, processes), flush=True)
        for rows, processes in ((count // 10, 1), (count, 2)):
            print(stream(table, rows, processes), flush=True)
        for rows in (count // 50, count // 10):
            print(split(table, rows), flush=True)


if __name__ == "__main__":
    main()
