import pytest
import torch

from analysis.languages.names import headline, languages_of, names_at, note, read_name, strangers
from analysis.pair.examples import examples_of
from msd_core.comparison import compare
from msd_core.models.files import LoadedModel
from tests.analysis.models import random_model
from tests.tongues import NAMES, TASK


def test_every_picture_has_its_name_in_each_language():
    examples = examples_of(TASK)
    for row in (0, 1, len(examples) - 1):
        rows = names_at(TASK, row)
        assert set(rows) == set(NAMES) == set(languages_of(TASK)) and row in rows.values()
        assert {examples[place].image for place in rows.values()} == {examples[row].image}
        assert all(examples[place].language == code for code, place in rows.items())


def test_a_task_in_one_language_has_no_names(fifth):
    assert names_at(fifth, 0) == {} and languages_of(fifth) == ()


@pytest.fixture
def models():
    return {"teacher": random_model(TASK, seed=1), "kd": random_model(TASK, seed=2)}


def asked(models, text, language="", truth=None):
    example = examples_of(TASK)[0]
    return read_name(compare(TASK, TASK.picture(example.image), text, models), language, "the first text", truth)


def test_a_name_has_a_row_a_model_and_a_cell_a_view(models):
    name = asked(models, "rotes Feld", "de", truth=0)
    comparison = compare(TASK, TASK.picture(examples_of(TASK)[0].image), "rotes Feld", models)
    assert name.title == "the German text" and name.text == "rotes Feld"
    for row in name.rows:
        probs = comparison.answers[row.who].probs
        for cell, of_view in zip(row.cells, probs, strict=True):
            assert cell.answer == TASK.labels[int(of_view.argmax())] and cell.prob == pytest.approx(
                float(of_view.max())
            )
            assert cell.right is (cell.answer == "red")
        assert row.necessity["text"] == pytest.approx(float(comparison.answers[row.who].necessity[1]))
    assert asked(models, "hm").title == "the first text" and asked(models, "hm").rows[0].cells[0].right is None


def test_sentences_say_what_is_answered_to_both_texts_and_who_answers_alike(models):
    one, other = asked(models, "red field", "en"), asked(models, "赤い畑", "ja")
    said = headline([one, other])
    same = one.rows[0].cells[0].answer == other.rows[0].cells[0].answer
    assert ("and to the Japanese text" in said) is same and "the English text" in said
    assert note([one]) == "" and headline([one]).endswith("to the English text.")
    assert note([one, one]) == "From the text alone, all models answer the two alike."


def test_a_language_that_the_tower_was_not_trained_on_is_named():
    class Tower(torch.nn.Module):
        languages = ("en", "ja")

    models = {"teacher": LoadedModel(Tower(), None, "tongues")}
    (sentence,) = strangers(models, ["fa", "en", "fa", ""])
    assert "Persian" in sentence
    assert strangers({"teacher": random_model(TASK)}, ["fa"]) == [], "its makers do not say"
