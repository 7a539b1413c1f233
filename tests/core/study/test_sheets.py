"""What a study prints when it is done."""

import pandas as pd

from msd_core.study.sheets import print_sheets
from tests.studies import CLEAN, PAIRED, contrasts_of, runs_of


def test_the_differences_of_recombined_pairs_are_printed_as_named(capsys):
    runs = pd.concat([runs_of("digits", PAIRED, 6, at=(size, 0.0, 0.0)) for size in (CLEAN[0], 250)])
    print_sheets(runs, contrasts_of(runs))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = [line for line in lines if line[:2] == ["kd/recombined*", "fitnets"]]
    assert [line[2:4] for line in rows] == [["250", "+5.00"], ["1,000", "+5.00"]]
    assert sum(line[:1] == ["fitnets/recombined*"] for line in lines) == 2


def test_a_study_of_other_arms_prints_no_such_sheet(capsys):
    runs = runs_of("digits", {"kd": 0.7, "kd+instance": 0.75}, 6)
    print_sheets(runs, contrasts_of(runs))
    out = capsys.readouterr().out
    assert "kd+instance*" in out and "recombined" not in out
