"""What `pip install .` installs is whole."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("package", ["msd_core", "analysis"])
def test_every_file_beside_the_code_is_packed(package):
    patterns = PROJECT["tool"]["setuptools"]["package-data"][package]
    for path in (ROOT / package).rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            name = path.relative_to(ROOT / package).as_posix()
            assert any(fnmatch(name, pattern.removeprefix("**/")) for pattern in patterns), name


@pytest.mark.parametrize("package", ["msd_core", "analysis"])
def test_every_folder_of_code_is_a_package(package):
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert all((folder / "__init__.py").is_file() for folder in folders)


@pytest.mark.parametrize(("command", "target"), PROJECT["project"]["scripts"].items())
def test_the_commands_are_there(command, target):
    module, name = target.split(":")
    assert callable(getattr(import_module(module), name))
    module = module.removesuffix(".__main__")
    done = subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert f"Usage: {command} " in done.stdout


def test_pythons_and_dependencies_are_those_of_the_readme():
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert PROJECT["tool"]["setuptools"]["dynamic"]["dependencies"]["file"] == ["requirements.txt"]
