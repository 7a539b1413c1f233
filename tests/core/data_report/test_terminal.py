"""The report as people read it in a terminal."""

import io

import pytest
from rich.console import Console

from msd_core.data_report import data_report, print_report, tables
from tests.core.data_report.tasks import Bad, features_of, task_of


def printed(report) -> str:
    console = Console(file=io.StringIO(), width=120)
    print_report(report, console)
    return console.file.getvalue()


def test_tables_say_what_was_counted_and_the_sentence_closes(capsys):
    rows = [(i, f"text {i}", i % 2) for i in range(2000)]
    features = features_of({i: [float(i % 2)] for i in range(2000)})
    report = data_report(task_of(rows[:1500], rows[1500:1600], rows[1600:]), [Bad(4, "No image.")], features)
    out = printed(report)
    for said in ("2,000", "1,500", "Latin", "100.0 %", "1 row left out", "No image.", "picture only", "95 % interval"):
        assert said in out
    assert report.sentence.split(":")[0] in " ".join(out.split())
    assert "1 row could not be used" in capsys.readouterr().err


@pytest.mark.parametrize("label", ["[bold]x[/]", "[/nothing]", "\x1b[31mred", "שלום", "红色 👍", ""])
def test_what_strangers_wrote_is_printed_and_never_obeyed(label):
    report = data_report(task_of([(0, label, 0), (1, "b", 1)], labels=(label, "other")), [Bad(1, label)])
    out = printed(report)
    assert "\x1b" not in out
    assert label.replace("\x1b", "�") in out


def test_long_tables_are_cut():
    labels = tuple(f"label {i}" for i in range(300))
    report = data_report(task_of([(i, f"text {i}", i) for i in range(300)], labels=labels))
    assert all(table.row_count < 20 for table in tables(report))
    assert "and 288 others" in printed(report)
