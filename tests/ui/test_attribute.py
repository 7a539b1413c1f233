"""The settings of maps, checked without a browser."""

import pytest

from analysis.attribution.methods import METHODS
from msd_core.errors import UserError
from ui import limits
from ui.checks import check_settings
from ui.why import beside

GOOD = {"method": "shapley", "label": "", "output": "logit", "view": "image", "baseline": "blur", "effort": 10}


def test_every_method_with_an_effort_has_a_range_around_its_default():
    assert set(limits.EFFORT) == {name for name, method in METHODS.items() if method.unit != "pass"}
    assert all(low <= METHODS[name].effort <= high for name, (low, high) in limits.EFFORT.items())


def test_good_settings_pass():
    settings = check_settings("easy-vqa", **GOOD)
    assert (settings.method, settings.label, settings.effort) == ("shapley", None, 10)
    assert check_settings("easy-vqa", **{**GOOD, "method": "occlusion", "effort": 99}).effort is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "magic"}, "no method"),
        ({"method": None}, "method is not a text"),
        ({"label": "purple"}, "no label"),
        ({"label": ["red"]}, "label is not a text"),
        ({"output": "x"}, "no output"),
        ({"view": "neither"}, "no view"),
        ({"baseline": "pink"}, "no baseline"),
        ({"effort": 10**9}, "give one from 5 to 50"),
        ({"effort": float("nan")}, "whole number"),
    ],
)
def test_bad_settings_are_refused(change, sentence):
    with pytest.raises(UserError, match=sentence):
        check_settings("easy-vqa", **{**GOOD, **change})


def test_the_last_two_that_were_ticked_stand_beside_the_teacher():
    mine = {"Your student 1 (kd)": "A" * 32}
    assert beside(["kd", "msd", "A" * 32], mine) == (("msd", "msd"), ("Your student 1 (kd)", "A" * 32))
    assert beside(["msd", "ce"], {}) == (("ce", "ce"), ("msd", "msd"))
    assert beside(["teacher", "B" * 32, 7, None], mine) == ()
