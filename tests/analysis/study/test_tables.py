"""The table of arms: every arm in order, with its difference, score and rate."""

from dataclasses import replace

import pytest

from analysis.study.arms import KD, NAMED, ordered
from analysis.study.tables import arms_of, caption, first_arms, lines, summary
from tests.analysis.study.conftest import SCORES


def test_the_table_has_every_arm_in_order(varied):
    header, rows = lines(varied)
    assert [row[0] for row in rows] == ordered(SCORES) and all(len(row[3]) == len(header) - 1 for row in rows)
    named = next(row for row in rows if row[0] == NAMED)
    assert named[2] and named[3][0] == "+2.00" and named[3][2:4] == ["20", "88.00"] and named[3][5:] == ["20", "0.002"]
    assert next(row for row in rows if row[0] == KD)[3][:2] == ["–", "–"]
    assert caption(varied).startswith("1,000 training examples, 8 epochs, the model “student”; accuracy")
    assert summary(varied)["arms"][0]["mean"] == pytest.approx(0.8)


def test_unknown_arms_come_last(make):
    study, _ = make({KD: 0.86, "ce": 0.8, "sp+uniform": 0.85})
    assert arms_of(study) == ["ce", KD, "sp+uniform"] and first_arms(study) == ["ce", KD]
    assert first_arms(make({"sp": 0.8, "crd": 0.8, KD: 0.9})[0]) == [KD]


def test_a_study_without_differences_has_a_table(varied):
    study = replace(varied, contrasts=varied.contrasts.iloc[:0])
    assert all(row[3][:2] == ["–", "–"] for row in lines(study)[1])


def test_the_small_teachers_of_self_distillation_do_not_count_as_teachers(make):
    study, _ = make({KD: 0.86, NAMED: 0.88, "kd/self": 0.85})
    small = study.runs["teacher_both"].mask(study.runs["arm"] == "kd/self", 0.5)
    assert "the teachers’: 96.00" in caption(replace(study, runs=study.runs.assign(teacher_both=small)))
