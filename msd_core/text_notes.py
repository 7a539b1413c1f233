"""What a reader should know of a text that models may read otherwise than people do: a sentence each."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

import regex

_DIRECTIONS = regex.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they turn the direction of writing
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\ufe0f")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_ALIKE = {"Latin", "Cyrillic", "Greek"}  # scripts with letters that look the same
_ALPHABETS = {  # the scripts of languages, as Unicode names begin; of all others it is Latin
    "ar": ("Arabic",), "fa": ("Arabic",), "ja": ("Hiragana", "Katakana", "Cjk", "Katakana-hiragana"),
    "ko": ("Hangul", "Cjk"), "ru": ("Cyrillic",), "th": ("Thai",), "zh": ("Cjk",), "zh-Hant": ("Cjk",),
}  # fmt: skip


def notes_on(text: str, languages: Sequence[str] = ()) -> list[str]:
    """Sentences on invisible marks, characters that Unicode has not assigned, emojis, words of letters that only look
    alike, and a script that a text tower was not trained on; none for most texts.

    languages: the codes of those that the tower was pretrained on; empty where nobody says.
    """
    notes = []
    if _DIRECTIONS.search(text):
        notes.append("The text has invisible marks in it that turn the direction of writing: delete them if they are "
                     "not meant.")  # fmt: skip
    if any(unicodedata.category(sign) == "Cn" for sign in text):
        notes.append("The text has characters in it that Unicode has not assigned: no model knows them, delete them.")
    if _EMOJI.search(text):
        notes.append("The text has an emoji in it: models read it as a character, never as a picture.")
    if word := next((each[0] for each in _WORD.finditer(text) if len(_ALIKE & {*_scripts(each[0])}) > 1), None):
        mixed = " and ".join(sorted(_ALIKE & {*_scripts(word)}))
        notes.append(f"The word “{word[:40]}” mixes {mixed} letters, which may look alike: models tell them apart.")
    if (script := _stranger(text, languages)) is not None:
        notes.append(f"The teacher’s text tower was not trained on {script} letters: what models make of this text may "
                     "be chance.")  # fmt: skip
    return notes


def _stranger(text: str, languages: Sequence[str]) -> str | None:
    """The script of most letters where no language of the tower is written in it."""
    counts = _scripts(text)
    known = {script for code in languages for script in _ALPHABETS.get(code, ("Latin",))}
    if not counts or not known:
        return None
    script, count = counts.most_common(1)[0]
    return script if script not in known and 2 * count > counts.total() else None


def _scripts(text: str) -> Counter[str]:
    """How many letters a text has of each script, by the first word of their Unicode names."""
    letters = _LETTER.findall(unicodedata.normalize("NFKC", text))  # full and half width are alike
    names = (unicodedata.name(letter, "") for letter in letters)
    return Counter(name.split()[0].capitalize() for name in names if name)
