"""What the first visitor need not wait for."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.pair import examples
from msd_core.errors import UserError
from msd_core.tasks import TASKS
from ui.work import warm_up

ROOT = Path(__file__).parents[3]


def test_what_events_need_is_imported():
    code = "import sys; from ui.work.warm_up import import_all; import_all(); print(set(sys.argv) - set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code, *warm_up._HEAVY, *TASKS.values()], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "{'-c'}", done.stderr


def test_warming_up_makes_what_the_page_opens_with(caplog):
    warm_up.warm_up()
    assert not caplog.records


@pytest.mark.parametrize("fault", [ImportError, UserError, OSError, RuntimeError, KeyError, ValueError, TypeError])
def test_a_fault_in_warming_up_is_logged_and_no_more(monkeypatch, caplog, fault):
    def fail(task):
        raise fault("torn")

    monkeypatch.setattr(examples, "gallery", fail)
    warm_up.warm_up()
    assert "warming up failed" in caplog.text


def test_a_module_that_is_not_there_is_a_fault_like_any_other(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "analysis.pair.summary", None)
    warm_up.warm_up()
    assert "warming up failed" in caplog.text
