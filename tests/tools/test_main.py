"""`python -m tools`: its commands, and mistakes in one sentence."""

import pytest
from typer.testing import CliRunner

from tests.terminal import interrupted, run
from tools.cli import app


@pytest.mark.parametrize("module", ["tools.cli", "typer", "msd_core.cli", "torch"])
def test_ctrl_c_while_it_starts_is_quiet(module):
    done = interrupted(module, "tools", "pages")
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr


@pytest.mark.parametrize("command", ["bundle", "measure", "publish", "pages", "figures", "keywords"])
def test_every_command_has_help(command):
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0 and "Usage" in done.stdout


def test_it_runs_as_a_module():
    done = run("tools", "publish", "--task", "digits", "--study", "/nowhere", COLUMNS="200")
    assert done.returncode == 1 and "Error: /nowhere holds no finished study" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["bundle", "--task", "cats"], ["publish"], ["publish", "--task", "cats"], ["draw"]])
def test_mistakes_are_answered_in_words(words):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit)


def test_measuring_prints_the_largest_difference(monkeypatch):
    monkeypatch.setattr("tools.bundle.largest_difference", lambda: {"digits": ("kd text accuracy", 0.25)})
    done = CliRunner().invoke(app, ["measure", "--json"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["digits: kd text accuracy differs by 2.50e-01", '{"digits": 0.25}']
