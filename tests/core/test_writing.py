"""Words and scripts of texts in many languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.writing import NO_LETTERS, script, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A Red-blue T-shirt, no. 2!", ["a", "red", "blue", "t", "shirt", "no", "2"]),
        ("Straße ÉTÉ", ["strasse", "été"]),
        ("हिन्दी में कमल", ["हिन्दी", "में", "कमल"]),
        ("红色的 dress", ["红", "色", "的", "dress"]),
        ("ひとつ", ["ひ", "と", "つ"]),
        ("ア・ラ", ["ア", "ラ"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("قميص أحمر", ["قميص", "أحمر"]),
        ("ok👍🏽👍", ["ok", "👍🏽", "👍"]),
        ("ＦＵＬＬ", ["full"]),
        (" \t… ", []),
        ("", []),
    ],
)
def test_words(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a shirt", "Latin"),
        ("été", "Latin"),
        ("قميص أحمر xl", "Arabic"),
        ("红色", "Han"),
        ("赤い服装品", "Japanese"),
        ("빨간색", "Hangul"),
        ("लाल", "Devanagari"),
        ("красный", "Cyrillic"),
        ("👍 12", NO_LETTERS),
        ("", NO_LETTERS),
    ],
)
def test_script(text, name):
    assert script(text) == name


@given(st.text())
def test_any_text_has_a_script_and_words_without_spaces(text):
    assert script(text)
    assert not any(character.isspace() for word in words(text) for character in word)
