"""`python -m msd_core` and `msd`: the same commands, and Ctrl-C ends them quietly from the start."""

import os
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from msd_core import __main__ as main_module
from tests.terminal import interrupted, run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["msd_core.cli", "typer", "torch", "msd_core.study.command"])
def test_ctrl_c_while_it_starts_is_quiet(module):
    done = interrupted(module, "msd_core", "tasks")
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr


def test_ctrl_c_while_a_command_runs_is_quiet(monkeypatch):
    from msd_core import cli

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit) as end:
        main_module.main()
    assert end.value.code == 130


def test_a_pipe_for_a_picture_is_refused_at_once(tmp_path):
    from msd_core.cli import app

    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    Thread(target=pipe.write_bytes, args=(b"",), daemon=True).start()  # a reader gets nothing, and does not hang
    done = CliRunner().invoke(app, ["compare", "--task", "easy-vqa", "--image", str(pipe), "--text", "what is it?"])
    assert done.exit_code == 1 and "pipe.png is no ordinary file" in " ".join(done.stderr.split())


def test_without_a_command_there_is_help():
    done = run("msd_core", COLUMNS="100")
    text = done.stdout + done.stderr
    assert "Usage: msd" in text and all(command in text for command in ("tasks", "distill", "compare", "study"))
    assert "Traceback" not in text
