"""`msd study`, as a person types it."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from msd_core.cli import app
from msd_core.study.published import load_study
from tests.core.study.tiny_study import PLAN
from tests.terminal import last_line, typed


def test_the_command_line_prints_and_goes_on(study, tmp_path):
    options = ["--task", "digits", "--arms", "kd, kd+instance", "--seeds", "3", "--train-size", "200", "--epochs", "2"]
    done = typed(app, "study", *options, "--model", "student-tiny", "--out", str(study), "--json")
    answers = last_line(done)
    assert answers["runs"] == 6 and answers["contrasts"][0]["named"] is True
    assert "kd+instance*" in done.stdout and "exploratory" in done.stdout
    runs = pd.read_csv(study / "runs.csv")
    image = 100 * runs.loc[runs["arm"] == "kd", "test_image"].mean()
    (alone,) = [line for line in done.stdout.splitlines() if line.split()[:2] == ["kd", f"{image:.1f}"]]
    assert float(alone.split()[3]) == pytest.approx(runs.loc[runs["arm"] == "kd", "kl_image"].mean(), abs=1e-3)
    assert {p.name for p in study.glob("*.*")} >= {"runs.csv", "runs.parquet", "contrasts.csv", "contrasts.parquet"}
    (tmp_path / "digits").symlink_to(study)
    assert load_study("digits", tmp_path).base == (PLAN.train_size, 0, 0)


@pytest.mark.parametrize(
    "options, message",
    [(["--arms", "kd,hint"], "hint"), (["--sizes", "many"], "many"), (["--seeds", "1"], "seeds is 1"),
     (["--at-once", "0"], "at-once"), (["--arms", ""], "no arm"), (["--out", __file__], "is a file")],
)  # fmt: skip
def test_mistakes_on_the_command_line_are_one_sentence(options, message, tmp_path):
    words = ["study", "--task", "digits", "--out", str(tmp_path / "study"), *options]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1 and message in done.stderr and isinstance(done.exception, SystemExit)
    assert not (tmp_path / "study").exists()


def test_help_has_the_options_of_today():
    done = typed(app, "study", "--help", COLUMNS="120")
    assert done.returncode == 0 and "For example" in done.stdout
    for option in ("--task", "--arms", "--seeds", "--teachers", "--train-size", "--epochs", "--model", "--sizes",
                   "--label-noise", "--corrupt-text", "--at-once", "--out", "--json"):  # fmt: skip
        assert option in done.stdout
    assert "--student" not in done.stdout and "--publish" not in done.stdout
