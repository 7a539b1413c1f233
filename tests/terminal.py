"""A command line as a person types it, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path


def run(module: str, *words: str, **env: str) -> subprocess.CompletedProcess:
    """`python -m module words`."""
    return subprocess.run(
        [sys.executable, "-m", module, *words], cwd=Path(__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1", **env}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def last_line(done: subprocess.CompletedProcess) -> dict:
    """The JSON object that a successful run printed last."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
