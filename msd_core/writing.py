"""Texts in any script: which one that is, the words of a text, and where they stand in it."""

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
# A character as it is read, with its marks. Of many flags in a row `\X` alone would look back over all before each.
_CHARACTER = regex.compile(r"(?:\p{RI}{2}(?=\p{RI})|\X)(?:(?=\p{M})\X)*")
_WITHOUT_BLANKS = regex.compile(f"[{UNSPACED}]")
_KIND = {
    "k": regex.compile(r"^[\p{Katakana}ーｰ]"),
    "u": regex.compile(rf"^(?![\p{{P}}\p{{Nd}}])[{UNSPACED}]"),
    "o": regex.compile(r"^[\p{Ps}\p{Pi}]"),
    "c": regex.compile(r"^[\p{P}\p{Cf}][\p{M}\p{Cf}]*$"),
}
_RUN = re.compile("[oc]*(?:k+|u|w(?:[oc]*w)*)c*(?:[oc]+$)?|[oc]+")  # the kinds of a word's characters
_NAMES = {"Cjk": "Han", "Hiragana": "Japanese", "Katakana": "Japanese"}


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; of a script without blanks every character is a word, and so is an
    emoji. Punctuation is left out."""
    if text.isascii():
        return re.findall(r"[a-z0-9]+", text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def word_spans(text: str) -> list[tuple[int, int]]:
    """The characters `[start, end)` of each word of a text as it stands, punctuation and all, in order.

    Blanks part words. Between two blanks, letters of a script without them are parted from each other and from all
    else, as Unicode's default rules have it (UAX #29), which know no dictionary: a letter of Han, Hiragana, Thai, Lao,
    Khmer or Myanmar is a word, and Katakana in a row are one. Punctuation stays with the word before it, an opening
    bracket with the word after. What is read as one character, a letter with its marks or a joined emoji, is never torn
    apart.
    """
    return [span for chunk in re.finditer(r"\S+", text) for span in _parted(chunk[0], chunk.start())]


def _parted(chunk: str, start: int) -> list[tuple[int, int]]:
    """The words of what stands between two blanks, from the text's character `start` on."""
    if not _WITHOUT_BLANKS.search(chunk):
        return [(start, start + len(chunk))]
    characters = [found.span() for found in _CHARACTER.finditer(chunk)]
    kinds = "".join(_kind(chunk[first:last]) for first, last in characters)
    runs = [found.span() for found in _RUN.finditer(kinds)]
    return [(start + characters[first][0], start + characters[last - 1][1]) for first, last in runs]


def _kind(character: str) -> str:
    """k for Katakana, u for other letters of scripts without blanks, o for what opens a bracket, c for other
    punctuation and for signs that nobody sees, w for all else."""
    return next((kind for kind, pattern in _KIND.items() if pattern.search(character)), "w")


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
