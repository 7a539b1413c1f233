"""Keywords of the emojis: a table that runs can read, from a package that is never in the repository."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from msd_core.errors import UserError
from msd_core.tasks.emoji.concepts import LANGUAGES, all_concepts
from msd_core.tasks.unlabelled import Text, read_texts
from tools.keywords import COLUMNS, write_keywords

HEART, CAT = "❤️", "🐱"  # the first is written with "as a picture" by one list, without by the other


@pytest.fixture
def package(tmp_path) -> Path:
    """The package in small: two emojis, and what the task does not have."""
    for code in LANGUAGES:
        known = {
            "❤": {"default": [f"love {code}", f"love {code}", "heart"], "tts": ["red heart"]},
            CAT: {"default": [f"pet, {code}"]},
            "◃": {"default": ["triangle"]},
            "🇩🇪": {"tts": ["flag"]},
        }
        file = tmp_path / "package" / "annotations" / code / "annotations.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"annotations": {"annotations": known}}), encoding="utf-8")
    return tmp_path / "package"


def test_each_keyword_is_a_row_by_the_key_of_its_picture(package, tmp_path):
    written = write_keywords(tmp_path / "keywords.csv", package)
    with (tmp_path / "keywords.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) - 1 == written == 3 * len(LANGUAGES)
    keys = {concept.emoji: concept.key for concept in all_concepts()}
    assert {tuple(row[:2]) for row in rows[1:]} == {(keys[emoji], emoji) for emoji in (HEART, CAT)}
    texts = read_texts(tmp_path / "keywords.csv")
    assert Text("pet, de", keys[CAT], "de") in texts and Text("love ja", keys[HEART], "ja") in texts


def test_it_is_fetched_where_no_folder_is_given(package, tmp_path, monkeypatch):
    def npm(command, cwd, **options):
        assert command[:2] == ["npm", "pack"]
        subprocess.run(["tar", "-czf", f"{cwd}/it.tgz", "-C", str(package.parent), "package"], check=True)

    monkeypatch.setattr("tools.keywords.subprocess", _Subprocess(npm))
    assert write_keywords(tmp_path / "keywords.csv") == 3 * len(LANGUAGES)


class _Subprocess:
    SubprocessError = subprocess.SubprocessError

    def __init__(self, run):
        self.run = run


def test_a_package_that_cannot_be_had_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="holds no annotations: give the unpacked package"):
        write_keywords(tmp_path / "keywords.csv", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="npm does not fetch cldr-annotations-full"):
        write_keywords(tmp_path / "keywords.csv")
    assert not (tmp_path / "keywords.csv").exists()
