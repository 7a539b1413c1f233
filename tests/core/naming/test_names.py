"""Names as a decoder reads and writes them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.naming.names import END, Pieces, normalised, read_names, written
from msd_core.tasks import load_task
from tests import fifth, tongues

PIECES = Pieces(["red field", "赤い畑", "rotes feld"], 300)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_any_text_has_pieces_and_comes_back(texts):
    texts = [normalised(text) for text in texts]
    ids = PIECES.encode(texts)
    assert (ids[:, -1] == END).all(), "each ends"
    assert PIECES.decode(ids) == texts


def test_a_text_that_names_the_end_is_text():
    assert PIECES.decode(PIECES.encode(["a<end>b"])) == ["a<end>b"]


def test_what_is_written_ends_with_its_first_end():
    rows = torch.tensor([[5, END, END, END], [5, 6, END, 7], [END, END, END, END], [5, 6, 7, 8]])
    assert written(rows).sum(1).tolist() == [2, 3, 1, 4]
    assert written(rows)[:, 0].all()


def test_names_are_alike_however_they_are_written():
    assert normalised("  Cafe\u0301 \u00a0 AU lait ") == normalised("café au LAIT") == "café au lait"
    assert normalised(normalised("ǰŉ")) == normalised("ǰŉ")


def test_every_name_stands_with_its_picture_and_language():
    names = read_names(tongues.TASK)
    for split, found in names.items():
        examples = tongues.TASK.examples(split)
        assert found.languages == ("de", "en", "ja") and len(found) == len(examples)
        expected = sorted((each.language, normalised(each.text)) for each in examples)
        assert sorted((found.languages[k], t) for k, t in zip(found.language_of, found.texts, strict=True)) == expected
        assert found.pictures.shape == (len({each.image for each in examples}), 1568)
    train = names["train"]
    for i in range(len(train.pictures)):
        numbers = {text.split()[-1] for text, of in zip(train.texts, train.picture_of, strict=True) if of == i}
        assert len(numbers) == 1, "all names of a picture have its number"


def test_languages_may_be_chosen():
    names = read_names(tongues.TASK, ("ja", "en"))["train"]
    assert names.languages == ("ja", "en") and set(names.language_of.tolist()) == {0, 1}
    assert "畑" in names.texts[names.language_of.tolist().index(0)]


@pytest.mark.parametrize(
    "task, languages, message",
    [
        (fifth.TASK, (), "says of no text which language"),
        (tongues.TASK, ("en", "xx"), "in the language 'xx': the languages are de, en, ja"),
        (load_task("emoji-pairs"), ("en",), "several texts in one language"),
    ],
)
def test_texts_that_are_no_names_are_refused_in_a_sentence(task, languages, message):
    with pytest.raises(UserError, match=message) as error:
        read_names(task, languages)
    assert "\n" not in str(error.value)


def test_pieces_follow_from_the_names_alone():
    texts = read_names(tongues.TASK)["train"].texts
    first, again = (Pieces(texts) for _ in range(2))
    assert torch.equal(first.encode(texts), again.encode(texts)) and len(first) == len(again) <= 8000
