"""Words and scripts of texts in many languages."""

import re
import time
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from msd_core.writing import NO_LETTERS, UNSPACED, script, word_spans, words

SIGNS = (  # of many scripts, with all that joins to characters
    "赤い城らーめんコヒｺｰﾊﾟ々〇ไทยน้ำລາວខ្មែរမြန်မာ๑២aé שقطة한국1٣ \n\u3000.,-_!?'\"。、・「」()“”«»។၊$%～कि्"
    "\u0301\u0600\u200b\u200c\u200d\ufe0f\u20e3👨👩❤👍🏽🇯🇵\U000e0100\U000e0062\U000e007f"
)
TEXTS = st.text(st.sampled_from(SIGNS), max_size=40) | st.text(max_size=40)
LETTERS = [
    sign for sign in regex.findall(f"[{UNSPACED}]", "".join(map(chr, range(0xD800))))
    if unicodedata.category(sign) in ("Lo", "Lm", "Mn", "Mc") and sign not in "々〻"
]  # fmt: skip


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("赤い四角の城", ["赤", "い", "四", "角", "の", "城"]),
        ("コーヒーカップ ア・ラ・カルト ｺｰﾋｰ", ["コーヒーカップ", "ア・", "ラ・", "カルト", "ｺｰﾋｰ"]),
        ("らーめん", ["ら", "ー", "め", "ん"]),
        ("น้ำตาลไทย", ["น้ำ", "ต", "า", "ล", "ไ", "ท", "ย"]),
        ("ខ្មែរ។ မြန်မာ၊", ["ខ្មែ", "រ។", "မြ", "န်", "မာ၊"]),
        ("พ.ศ. ๒๕๖๗", ["พ.", "ศ.", "๒๕๖๗"]),
        ("hot豆dog, 3.5円。", ["hot", "豆", "dog,", "3.5", "円。"]),
        ("「赤い」城(し「ろ」)…", ["「赤", "い」", "城", "(し", "「ろ」)…"]),
        ("。。赤「」", ["。。赤「」"]),
        ("e-mail赤い,blue", ["e-mail", "赤", "い,", "blue"]),
        ("赤👨‍👩‍👧い👍🏽❤️城", ["赤", "👨‍👩‍👧", "い", "👍🏽❤️", "城"]),
        ("葛\U000e0100飾 か\u3099ん", ["葛\U000e0100", "飾", "か\u3099", "ん"]),
        ("قطة حمراء! می‌خواهم", ["قطة", "حمراء!", "می‌خواهم"]),
        ("what's (this)? “ok” 👍🏽👍", ["what's", "(this)?", "“ok”", "👍🏽👍"]),
        (" ។ 。 ", ["។", "。"]),
        ("", []),
    ],
)
def test_where_words_stand(text, found):
    assert parts(text) == found


@given(TEXTS)
def test_words_are_all_of_a_text_but_its_blanks(text):
    spans = word_spans(text)
    assert all(start < end for start, end in spans) and spans == sorted(spans)
    assert "".join(parts(text)) == "".join(text.split())
    for _, start, end in ((run, *run.span()) for run in re.finditer(r"\s+", text)):
        assert not any(a < end and start < b for a, b in spans), "no word goes over a blank"


@given(TEXTS)
def test_a_text_whose_script_has_blanks_is_split_at_these_alone(text):
    spaced = regex.sub(f"[{UNSPACED}]", "", text)
    assert parts(spaced) == spaced.split()


@given(TEXTS)
def test_no_character_is_torn_apart(text):
    for chunk in text.split():
        edges, at = {0, len(chunk)}, 0
        for found in regex.finditer(r"\X", chunk):
            edges |= set(found.span())
        for word in parts(chunk):
            at += len(word)
            assert at in edges


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=30))
def test_letters_of_scripts_without_blanks_are_parted_as_unicode_says(text):
    by_the_rules, characters = ({m.start() for m in regex.finditer(p, text)} for p in (r"(?w)\b", r"\X"))
    assert {start for start, _ in word_spans(text)} | {len(text)} == by_the_rules & (characters | {len(text)})


def test_many_flags_in_a_row_take_no_longer_than_other_signs():
    started = time.perf_counter()
    assert len(word_spans("赤" + "🇯🇵" * 50_000)) == 2
    assert time.perf_counter() - started < 15, "a look back from each flag over all before it takes a minute"
