import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.models.sentence_encoder import SentenceEncoder
from msd_core.tasks.emoji.concepts import all_concepts
from msd_core.text_notes import notes_on

KNOWN = SentenceEncoder.languages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abc\u202edef", "invisible marks"),
        ("\u2067abc", "invisible marks"),
        ("a\u0378b", "not assigned"),
        ("a cat 🐱", "emoji"),
        ("a heart ❤\ufe0f", "emoji"),
        ("раyрal", "Latin and Cyrillic"),
        ("שלום", "Hebrew"),
        ("नमस्ते", "Devanagari"),
    ],
)
def test_what_models_read_otherwise_is_named_in_one_sentence(text, said):
    (note,) = notes_on(text, KNOWN)
    assert said in note and note.count(".") == 1


@pytest.mark.parametrize(
    "text",
    ["a red square", "café", "ｆｕｌｌ　ｗｉｄｔｈ", "赤いサークル", "中文 and Latin", "ภาษา", "한글 漢字", "½ ①", ""],
)
def test_what_they_read_as_people_do_is_not(text):
    assert notes_on(text, KNOWN) == []


def test_a_script_is_strange_only_to_a_tower_whose_languages_are_known():
    assert (
        notes_on("שלום") == []
        and notes_on("שלום", ("en",))
        and notes_on("мир", ("en",))
        and not notes_on("мир", ("ru",))
    )


def test_no_name_of_an_emoji_needs_a_note_but_where_it_is_so():
    noted = {name for concept in all_concepts() for name in concept.names.values() if notes_on(name, KNOWN)}
    assert len(noted) <= 5, noted


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    assert all(note.endswith(".") for note in notes_on(text, KNOWN))
