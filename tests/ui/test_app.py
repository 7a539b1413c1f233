"""`python app.py`: Ctrl-C ends it quietly from the start."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_INTERRUPT = """
import os, runpy, signal, sys
from importlib.abc import MetaPathFinder

class Interrupt(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.path.insert(0, ".")
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.mark.parametrize("module", ["ui.page", "gradio", "torch", "ui.tabs", "ui.work.warm_up", "captum.metrics"])
def test_ctrl_c_while_it_starts_is_quiet(module):
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPT.format(module=module)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 130 and done.stdout == "" and "Traceback" not in done.stderr
