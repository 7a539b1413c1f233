"""Imports run one way: app -> ui -> analysis -> msd_core; and what is heavy is imported where it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "msd_core": {"analysis", "ui", "app", "gradio", "plotly", "captum"},
    "analysis": {"ui", "app", "gradio"},
    "ui": {"app", "captum"},
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_run_one_way(room):
    files = list((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        assert not imported(path) & FORBIDDEN[room], path


def test_the_library_starts_without_the_heavy_ones():
    code = "import sys, msd_core.comparison, msd_core.training.distill; print(set(sys.argv) & set(sys.modules))"
    heavy = ("transformers", "open_clip", "timm", "plotly", "captum", "gradio")
    done = subprocess.run([sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
