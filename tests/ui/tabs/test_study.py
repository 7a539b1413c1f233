"""The Study tab without a browser."""

import pytest

from tests.ui.page_parts import page_with
from ui.tabs.study.tab import StudyTab
from ui.tabs.study.widgets import ArmTable, NoStudy


@pytest.fixture
def study_tab():
    return page_with(StudyTab)


def test_with_nothing_in_the_box_the_tab_shows_how_to_fill_it(published_in, study_tab):
    updates = study_tab.open("digits")
    assert "msd study --task digits" in updates[study_tab.missing]["value"]
    assert not updates[study_tab.body]["visible"] and not updates[study_tab.over_tasks]["visible"]
    assert study_tab.save("digits") == {study_tab.files: ""}


def test_markup_escapes_what_it_holds():
    html = ArmTable.render_html("<i>", ["<b>"], [("kd/<x>", "<y>", True, ["<z>"])])
    assert not any(tag in html for tag in ("<i>", "<x>", "<y>", "<z>"))
    assert "--task a&amp;b" in NoStudy.render_html("a&b")
