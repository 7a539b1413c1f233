"""Keywords of the emojis in every language, from Unicode CLDR, as a table of texts without labels."""

import csv
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msd_core.errors import UserError
from msd_core.storage import atomic_write
from msd_core.tasks.emoji.concepts import LANGUAGES, all_concepts

PACKAGE = "cldr-annotations-full@48.2.0"  # of npm, under the Unicode licence; nothing of it goes into the repository
COLUMNS = ("image", "emoji", "language", "text")


def write_keywords(out: Path, package: Path | None = None) -> int:
    """Write a row a keyword (`COLUMNS`), and return how many there are.

    package: the unpacked npm package; fetched with `npm pack` if none. Raises `UserError` where neither can be had.
    """
    if package is None:
        with tempfile.TemporaryDirectory() as folder:
            return write_keywords(out, _fetched(Path(folder)))
    rows = [*_rows(package)]
    with atomic_write(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return len(rows)


def _rows(package: Path) -> Iterator[tuple[str, str, str, str]]:
    for language in LANGUAGES:
        keywords = _keywords(package, language)
        for concept in all_concepts():
            for text in dict.fromkeys(keywords.get(_bare(concept.emoji), ())):
                yield concept.key, concept.emoji, language, text


def _bare(emoji: str) -> str:
    """Without the sign for "as a picture", which some lists write and others do not."""
    return emoji.replace("\ufe0f", "")


def _keywords(package: Path, language: str) -> dict[str, list[str]]:
    """The keywords of each emoji."""
    file = package / "annotations" / language / "annotations.json"
    try:
        known = json.loads(file.read_text("utf-8"))["annotations"]["annotations"]
        return {_bare(emoji): [str(text) for text in each.get("default", [])] for emoji, each in known.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} holds no annotations: give the unpacked package {PACKAGE} with --from.") from error


def _fetched(folder: Path) -> Path:
    """The package, unpacked in a folder."""
    try:
        subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True, capture_output=True, timeout=600)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, subprocess.SubprocessError, StopIteration, tarfile.TarError) as error:
        raise UserError(
            f"npm does not fetch {PACKAGE} here: unpack it elsewhere, and give its folder with --from."
        ) from error
    return folder / "package"
