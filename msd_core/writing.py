"""Texts in any script: which one that is, and the words of a text."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

import regex

NO_LETTERS = "no letters"
# Of characters, in a pattern's brackets: scripts that put no blanks between words
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"

_SYMBOLS = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"  # emojis and their like
_JOINERS = "\u200c\u200d\U0001f3fb-\U0001f3ff"  # within a word of Persian or Hindi, or within an emoji
_LETTER = rf"[[\p{{L}}\p{{N}}]--[{UNSPACED}]]"
_WORD = regex.compile(rf"(?V1)[{UNSPACED}{_SYMBOLS}][\p{{M}}{_JOINERS}]*|{_LETTER}(?:{_LETTER}|[\p{{M}}{_JOINERS}])*")
_NAMES = {"Cjk": "Han", "Hiragana": "Japanese", "Katakana": "Japanese"}


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; of a script without blanks every character is a word, and so is an
    emoji. Punctuation is left out."""
    if text.isascii():
        return re.findall(r"[a-z0-9]+", text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


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
