"""The public names: each resolves, type checkers read the same ones, and the package itself costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import msd_core

STUB = Path(msd_core.__file__).with_suffix(".pyi")
ROOT = Path(__file__).parents[2]


def run(code: str, *words: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", msd_core.__all__)
def test_a_public_name_resolves(name):
    value = getattr(msd_core, name)
    assert value is not None and name in dir(msd_core)
    if hasattr(value, "__module__") and hasattr(value, "__name__"):
        assert value.__name__ == name and value.__module__.startswith("msd_core.")
        assert value.__doc__, "what is public is explained"


def test_type_checkers_read_the_same_names_from_the_same_homes():
    homes = {}
    for node in ast.parse(STUB.read_text()).body:
        assert isinstance(node, ast.ImportFrom)
        homes |= {alias.asname: f"{node.module}.{alias.name}" for alias in node.names}
    assert homes == {name: f"msd_core.{home}.{name}" for name, home in msd_core._HOME.items()}
    assert sorted(homes) == list(msd_core.__all__)


def test_another_name_is_none():
    with pytest.raises(AttributeError, match="has no attribute 'teach'"):
        msd_core.teach  # noqa: B018 (it is looked up)


def test_the_package_alone_imports_nothing_heavy():
    code = "import sys, msd_core; print([m for m in sys.argv[1:] if m in sys.modules])"
    assert run(code, "torch", "numpy", "PIL", "pandas", "sklearn", "typer", "msd_core.tasks") == "[]"


def test_a_name_is_loaded_when_it_is_first_used():
    code = """
import sys, msd_core as msd
msd.MODALITIES
print("msd_core.views" in sys.modules, "msd_core.training.distill" in sys.modules)
from msd_core import *
print(callable(distill), callable(compare))
"""
    assert run(code).split() == ["True", "False", "True", "True"]


def test_the_lines_of_the_docstring_run(tmp_path):
    """The example of the package, with a shorter run."""
    import msd_core as msd

    task = msd.load_task("easy-vqa")
    (tmp_path / "shape.png").write_bytes(task.picture("test-0000"))
    comparison = msd.compare(task, tmp_path / "shape.png", "what color is the shape?", msd.bundled_models(task))
    assert set(comparison.answers) == {"teacher", "ce", "kd", "msd", "recombined"}
    config = msd.Config(weighting="instance", model="student-tiny", epochs=1, train_size=100)
    result = msd.distill(task, config, tmp_path / "msd", msd.load_teacher(task))
    assert result["task"] == "easy-vqa"
