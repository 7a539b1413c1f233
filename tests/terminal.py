"""A command line as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from typer import Typer
from typer.testing import CliRunner


def typed(app: Typer, *words: str, **env: str) -> subprocess.CompletedProcess:
    """The words typed to a command line here, where all is imported already; what is no clean end is raised."""
    done = CliRunner().invoke(app, words, env=env)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def run(module: str, *words: str, **env: str) -> subprocess.CompletedProcess:
    """`python -m module words`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", module, *words], cwd=Path(__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1", **env}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


_INTERRUPT = """
import os, runpy, signal, sys
from importlib.abc import MetaPathFinder

class Interrupt(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.path.insert(0, ".")
sys.argv = {words!r}
runpy.{start}({program!r}, run_name="__main__")
"""


def interrupted(module: str, program: str, *words: str) -> subprocess.CompletedProcess:
    """A program, a file or a module with its words, that gets a Ctrl-C as it comes to import a module."""
    start = "run_path" if program.endswith(".py") else "run_module"
    code = _INTERRUPT.format(module=module, words=[program, *words], start=start, program=program)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300
    )


def last_line(done: subprocess.CompletedProcess) -> dict:
    """The JSON object that a successful run printed last."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
