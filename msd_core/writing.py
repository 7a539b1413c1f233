"""Texts in any script: which one that is, and the words of a text."""

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

NO_LETTERS = "no letters"

# Scripts that put no spaces between words: Thai to Tibetan, Myanmar, Khmer, kana, Han
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff" + (
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SYMBOLS = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"  # emojis and their like
_JOINERS = "\u200c\u200d\U0001f3fb-\U0001f3ff"  # within a word of Persian or Hindi, or within an emoji
_NAMES = {"Cjk": "Han", "Hiragana": "Japanese", "Katakana": "Japanese"}


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; of a script without spaces every character is a word, and so is an
    emoji. Punctuation is left out."""
    if text.isascii():
        return re.findall(r"[a-z0-9]+", text.lower())
    return _pattern().findall(unicodedata.normalize("NFKC", text).casefold())


@cache
def _pattern() -> re.Pattern[str]:
    """A word. Python's own `\\w` ends one at every vowel sign of Hindi, which are marks and not letters."""
    marks = "".join(chr(i) for i in range(0x300, 0x10000) if unicodedata.category(chr(i))[0] == "M") + _JOINERS
    letter = rf"[^\W_{_UNSPACED}]"
    return re.compile(rf"[{_UNSPACED}{_SYMBOLS}][{marks}]*|{letter}(?:{letter}|[{marks}])*")


def script(text: str) -> str:
    """The Unicode script of most letters of a text, such as `Latin` or `Arabic`; `NO_LETTERS` for one without any.

    Kana beside Han make a text Japanese, however few they are.
    """
    if text.isascii():
        return "Latin" if re.search("[A-Za-z]", text) else NO_LETTERS
    letters: Counter[str] = Counter()
    for character, count in Counter(unicodedata.normalize("NFKC", text)).items():
        if name := _script_of(character):
            letters[name] += count
    if letters["Japanese"]:
        letters["Japanese"] += letters["Han"]
    return max(sorted(letters), key=letters.__getitem__) if letters.total() else NO_LETTERS


@lru_cache(100_000)
def _script_of(character: str) -> str | None:
    """The first word of a letter's Unicode name is its script."""
    if not character.isalpha():
        return None
    first = unicodedata.name(character, "Other").split()[0].title()
    return None if first == "Modifier" else _NAMES.get(first, first)
