"""Tables of ours come back as they were kept, and nothing of a read goes on."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from msd_core.parquet import from_parquet, to_parquet

ROOT = Path(__file__).parents[2]


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), text=st.text(st.characters(codec="utf-8")))
def test_a_table_comes_back(numbers, text):
    table = pa.table({"number": pa.array(numbers, pa.int64()), "text": pa.array([text] * len(numbers), pa.string())})
    assert from_parquet(to_parquet(table)).equals(table)


READ = """
import psutil
from msd_core.parquet import from_parquet, to_parquet
import pyarrow as pa
content, here = to_parquet(pa.table({"number": [1, 2, 3]})), psutil.Process()
before = here.num_threads()
print(from_parquet(content).num_rows, here.num_threads() - before)
"""


def test_a_read_leaves_no_thread_behind():
    done = subprocess.run([sys.executable, "-c", READ], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "3 0\n", "a thread that still holds the file makes the program abort at its end"
