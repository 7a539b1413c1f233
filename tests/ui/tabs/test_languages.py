"""The Languages tab without a browser."""

import pytest

from analysis.languages.names import names_at
from analysis.pair.examples import examples_of, gallery
from msd_core.tasks import load_task
from tests.ui.page_parts import page_with
from ui.events import guarded
from ui.tabs.languages.tab import LanguagesTab
from ui.tabs.languages.widgets import NameTables


@pytest.fixture(scope="module")
def names():
    return page_with(LanguagesTab).names


@pytest.fixture(scope="module")
def opened(names):
    return names.open("emoji", [], [])


def values(names, opened, **changes):
    """What `ask` takes, as the page has it after `opened`, with some parts changed."""
    texts = [opened[text] for text in names.texts]
    codes = [opened[language]["value"] for language in names.languages]
    there = {"task": "emoji", "image": None, "chosen": opened[names.chosen], "own": [], "runs": []}
    there |= {"first": codes[0], "one": texts[0], "second": codes[1], "other": texts[1]}
    return [*(there | changes).values()]


def test_it_opens_with_a_picture_under_two_of_its_names(names, opened):
    task, row = load_task("emoji"), opened[names.chosen]
    assert row == gallery(task)[0].row
    english, other = (opened[language]["value"] for language in names.languages)
    assert english == "en" != other
    rows = names_at(task, row)
    assert [opened[text] for text in names.texts] == [examples_of(task)[rows[code]].text for code in (english, other)]
    assert "The teacher answers" in opened[names.sentences] and opened[names.tables].count("<table>") == 2
    assert "✓ right" in opened[names.tables], "the true label of an example is known"
    assert "CC BY 4.0" in opened[names.question]


def test_a_language_brings_its_name_and_a_picture_of_one_s_own_has_none(names, opened):
    box, row = names.texts[1], opened[names.chosen]
    task = load_task("emoji")
    assert names.name(box, "emoji", row, "ar") == {box: examples_of(task)[names_at(task, row)["ar"]].text}
    for chosen, language in ((None, "ar"), (row, "")):
        assert names.name(box, "emoji", chosen, language)[box] != ""
        assert not isinstance(names.name(box, "emoji", chosen, language)[box], str)


def test_a_text_of_one_s_own_has_no_true_label_and_a_strange_language_is_named(names, opened):
    updates = names.ask(*values(names, opened, first="fa", one="یک", second="", other="something"))
    assert "right" not in updates[names.tables] and "wrong" not in updates[names.tables]
    assert "not trained on Persian" in updates[names.sentences]
    assert "the second text" in updates[names.sentences].lower()
    alone = names.ask(*values(names, opened, other=""))
    assert alone[names.tables].count("<table>") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first": "xx"}, "language"),
        ({"task": "easy-vqa"}, "texts in one language"),
        ({"one": "x" * 3000}, "3,000 characters"),
        ({"chosen": None, "one": "", "other": " "}, "neither a picture nor a text"),
        ({"chosen": None, "image": "/etc/passwd"}, "not uploaded"),
        ({"chosen": 10**8}, "no test example"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(names, opened, changes, said):
    refused = guarded(names.ask, names.refuse)(*values(names, opened, **changes))
    assert said in refused[names.sentences] and "error" in refused[names.sentences] and refused[names.tables] == ""


def test_answers_do_not_stay_beside_other_texts(names, opened):
    answered = names.ask(*values(names, opened))[names.answered]
    assert not isinstance(names.stale(answered, *answered)[names.answered], str), "nothing changed"
    assert names.tables not in names.stale(answered, *answered)
    changed = names.stale(answered, answered[0], "another")
    assert changed[names.tables] == "" and changed[names.answered] is None and "changed" in changed[names.sentences]
    forgotten = names.forget("emoji", answered)
    assert forgotten[names.chosen] is None and forgotten[names.tables] == ""


def test_markup_is_escaped(names, opened):
    from ui.work.languages import ask_in

    answer = ask_in(load_task("emoji"), opened[names.chosen], None, [("", "<b>no</b>"), ("", "")], {})
    assert "<b>no</b>" not in NameTables.render_html(answer.names)
