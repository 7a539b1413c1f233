"""What a reader should know of a text that models may read otherwise than people do: a sentence each."""

import unicodedata
from collections.abc import Sequence

import regex

from msd_core.writing import NO_LETTERS, script

_DIRECTIONS = regex.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they turn the direction of writing
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\ufe0f")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_ALIKE = "Latin", "Cyrillic", "Greek"  # scripts with letters that look the same
_IN_SCRIPT = {name: regex.compile(rf"\p{{{name}}}") for name in _ALIKE}
_SCRIPTS = {  # of languages; of all others it is Latin
    "ar": ("Arabic",), "fa": ("Arabic",), "ja": ("Japanese", "Han"), "ko": ("Hangul", "Han"), "ru": ("Cyrillic",),
    "th": ("Thai",), "zh": ("Han",), "zh-Hant": ("Han",),
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
    if (mixed := _mixed_word(text)) is not None:
        word, scripts = mixed
        notes.append(f"The word “{word[:40]}” mixes {scripts} letters, which may look alike: models tell them apart.")
    known = {name for code in languages for name in _SCRIPTS.get(code, ("Latin",))}
    if known and (found := script(text)) not in {*known, NO_LETTERS}:
        notes.append(f"The teacher’s text tower was not trained on {found} letters: what models make of this text may "
                     "be chance.")  # fmt: skip
    return notes


def _mixed_word(text: str) -> tuple[str, str] | None:
    """The first word of letters of several scripts that look alike, and what these are; None where there is none."""
    for word in (found[0] for found in _WORD.finditer(text)):
        scripts = [name for name, pattern in _IN_SCRIPT.items() if pattern.search(word)]
        if len(scripts) > 1:
            return word, " and ".join(scripts)
    return None
