"""`python app.py`: Ctrl-C ends it quietly from the start."""

import pytest

from tests.terminal import interrupted


@pytest.mark.parametrize("module", ["ui.page", "gradio", "torch", "ui.tabs", "ui.work.warm_up", "captum.metrics"])
def test_ctrl_c_while_it_starts_is_quiet(module):
    done = interrupted(module, "app.py")
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr
