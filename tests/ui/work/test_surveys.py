"""Who asks for the same survey waits for the same one."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from msd_core.errors import UserError
from msd_core.tasks import load_task
from ui import limits
from ui.work import surveys
from ui.work.work import WorkProgress

DIGITS, POSTERS = load_task("digits"), load_task("posters")


@pytest.fixture
def requests(monkeypatch):
    """What was surveyed, in order; each takes a moment."""
    done = []

    def survey(request, report):
        report(0.5, "half done")
        time.sleep(0.4)
        done.append(request)
        return f"survey {len(done)}"

    monkeypatch.setattr(surveys, "_survey", survey)
    monkeypatch.setattr(surveys, "_WORKS", type(surveys._WORKS)())
    return done


def test_a_class_of_thirty_starts_one_survey(requests):
    with ThreadPoolExecutor(30) as visitors:
        answers = list(visitors.map(lambda _: surveys.survey_of(DIGITS, {}), range(30)))
    assert set(answers) == {"survey 1"} and len(requests) == 1
    assert surveys.survey_of(DIGITS, {}) == "survey 1"
    assert surveys.survey_of(DIGITS, {}, "logit") == "survey 2"


def test_progress_is_reported_while_it_runs(requests):
    assert next(surveys.follow(DIGITS, {})) == WorkProgress(0.5, "half done")


def test_what_failed_reaches_who_waits_and_is_tried_again(requests, monkeypatch):
    good = surveys._survey

    def bad(request, report):
        raise UserError("It cannot be.")

    monkeypatch.setattr(surveys, "_survey", bad)
    with pytest.raises(UserError, match="cannot be"):
        surveys.survey_of(DIGITS, {})
    monkeypatch.setattr(surveys, "_survey", good)
    assert surveys.survey_of(DIGITS, {}) == "survey 1"


def test_few_are_kept_and_few_students_allowed(requests, monkeypatch):
    monkeypatch.setattr(limits, "SURVEYS_KEPT", 1)
    surveys.survey_of(DIGITS, {})
    surveys.survey_of(POSTERS, {})
    surveys.survey_of(DIGITS, {})
    assert len(requests) == 3
    with pytest.raises(UserError, match="at most"):
        surveys.survey_of(DIGITS, {str(i): "x" for i in range(limits.OWN_AT_ONCE + 1)})


def test_a_task_without_models_says_what_to_do(requests, fifth):
    with pytest.raises(UserError, match="no model of fifth yet"):
        surveys.survey_of(fifth, {})
