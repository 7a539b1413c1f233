"""Bytes as text: UTF-8 and UTF-16 as they are, lines in another encoding by the guess that explains them cheapest.

The same bytes are letters in many encodings. A guess counts the bits that it takes to write what was read: a letter
that the languages of the encoding use costs few, any other many, and so does one that stands where no such letter does
(an accent beside another one, Cyrillic within a Latin word, a capital within a word). Chinese that was read as Western
European is dear, though every byte of it is a letter there.
"""

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

from msd_core.errors import UserError
from msd_core.tasks.alphabets import ENCODINGS

UNREADABLE = re.compile("[\udc80-\udcff]")  # what stands for a byte of a line that could not be read
_PLAIN, _RARE, _ODD = 5.0, 17.0, 7.0  # bits: of an ASCII character; of a letter hardly used; more of one out of place
_UNCOMMON = 1.0  # bits that an encoding costs to name, for each that is more common
_SAMPLE = 200_000  # bytes that a guess looks at
_LONG = 2000  # and of one line
# bytes that may well be UTF-8 by chance, or that are, and damaged
_DOUBTFUL = re.compile(rb"(?:[\x00-\x7f]*[\xc2-\xdf][\x80-\xbf]){1,6}[\x00-\x7f]*")
_LONG_LETTER = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}|[\xc3-\xdf][\x80-\xbf].*[\xc3-\xdf][\x80-\xbf]")


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and what to know of how it was read, in sentences.

    A line that is in no encoding at all has characters that `UNREADABLE` matches. Raises `UserError` for what is no
    text.
    """
    wide = _utf_16(content)
    notes: tuple[str, ...] = ()
    try:
        text = content.decode(wide or "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise UserError(_NO_TEXT) from error
        text, notes = _by_line(content.removeprefix(codecs.BOM_UTF8))
    if "\0" in text:
        raise UserError(_NO_TEXT)
    return text, notes


_NO_TEXT = "The table is not text: save it as CSV, in UTF-8."


def _utf_16(content: bytes) -> str | None:
    """Which UTF-16 it is: by its mark, or by which half of its first two characters is zero, as of ASCII one is."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    halves = content[0:4:2], content[1:4:2]
    if halves[0] == halves[1] or b"\0\0" not in halves:
        return None
    return "utf-16-be" if halves[0] == b"\0\0" else "utf-16-le"


def _by_line(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Lines of UTF-8, and others that are read in one guessed encoding."""
    lines = content.splitlines(keepends=True)
    texts = [_strict(line, "utf-8") for line in lines]
    encoding = guess(line for line, text in zip(lines, texts, strict=True) if text is None)
    guessed = []
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        likely = line.isascii() or (text is not None and not _DOUBTFUL.fullmatch(line))
        if likely or _is_utf_8(line, encoding):
            texts[i] = line.decode("ascii", "surrogateescape") if text is None else text
            continue
        other = _strict(line, encoding)
        texts[i] = line.decode("ascii", "surrogateescape") if other is None else other
        guessed += [] if other is None else [i + 1]
    text = "".join(text for text in texts if text is not None)
    return text, (_note(guessed, ENCODINGS[encoding].title),) if guessed else ()


def _note(numbers: list[int], title: str) -> str:
    what = (
        f"Line {numbers[0]:,} was" if len(numbers) == 1 else f"{len(numbers):,} lines, line {numbers[0]:,} first, were"
    )
    return f"{what} read as {title}: where letters look wrong there, save the table in UTF-8."


def _strict(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def guess(lines: Iterable[bytes]) -> str:
    """The encoding that explains these lines best, of those that `ENCODINGS` knows."""
    sample, size = [], 0
    for line in lines:
        sample.append(line[:_LONG])
        size += len(sample[-1])
        if size > _SAMPLE:
            break
    costs = {
        encoding: _UNCOMMON * place + sum(_bits(line.decode(encoding, "replace"), encoding) for line in sample)
        for place, encoding in enumerate(ENCODINGS)
    }
    return min(costs, key=lambda encoding: costs[encoding])


def _is_utf_8(line: bytes, encoding: str) -> bool:
    """Whether a line, damaged maybe, is rather UTF-8 than in that encoding."""
    if not _DOUBTFUL.fullmatch(line) and not _LONG_LETTER.search(line):
        return False
    line = line[:_LONG]
    return _bits(line.decode("utf-8", "replace"), "utf-8") <= _bits(line.decode(encoding, "replace"), encoding)


def _bits(text: str, encoding: str) -> float:
    """What it costs to write a text with the letters that an encoding's languages use."""
    prices, script = _prices(encoding)
    total, previous = _PLAIN * len(text), "\n"
    for letter in text:
        if letter >= "\x80":
            total += prices.get(letter, _RARE) - _PLAIN
        if letter >= "\x80" or previous >= "\x80":
            total += _ODD * _is_odd(previous, letter, script)
        previous = letter
    return total


def _is_odd(previous: str, letter: str, script: str) -> bool:
    """Whether two letters, one of them beyond ASCII, hardly stand beside each other in a word of that script."""
    if not (previous.isalpha() and letter.isalpha()):
        return False
    if script == "characters":
        return "a" <= previous <= "z"
    if previous.islower() and letter.isupper():
        return True
    plain = previous < "\x80", letter < "\x80"
    return plain == (False, False) if script == "accents" else any(plain)


@lru_cache
def _prices(encoding: str) -> tuple[dict[str, float], str]:
    if encoding in ENCODINGS:
        return ENCODINGS[encoding].bits, ENCODINGS[encoding].script
    every: dict[str, float] = {}
    for each in ENCODINGS.values():
        for letter, price in each.bits.items():
            every[letter] = min(price + 1, every.get(letter, _RARE))
    return every, "characters"
