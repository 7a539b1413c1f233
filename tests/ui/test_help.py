"""Every help text that the page names is there, and every one that is there is named."""

import re
from pathlib import Path

from ui import help as texts

UI = Path(__file__).parents[2] / "ui"


def test_texts_and_names_match():
    code = "".join(path.read_text() for path in UI.rglob("*.py"))
    literal = set(re.findall(r'what_is_this\("([\w-]+)"\)', code))
    files = {path.stem for path in (UI / "help" / "en").glob("*.md")}
    studies = {name for name in files if name.startswith("study-")}
    assert literal | studies == files
    assert all(len(texts.text(name)) > 100 for name in files)
