"""Tables of the docs, and their places in a page that people write."""

import re
from pathlib import Path

from msd_core.errors import UserError
from msd_core.storage import atomic_write


def check_places(page: Path, *names: str) -> None:
    """`UserError` where a page lacks `<!-- NAME: begin -->` and `<!-- NAME: end -->` for one of its tables."""
    text = page.read_text() if page.exists() else ""
    for begin, end in map(_marks, names):
        if begin not in text or end not in text:
            raise UserError(f"{page.name} has no place for the table: put {begin} and {end} where it should stand.")


def fill(page: Path, tables: dict[str, list[str]]) -> None:
    """Put tables, in lines, into their places in a page. `UserError` where it lacks one."""
    check_places(page, *tables)
    text = page.read_text()
    for name, lines in tables.items():
        begin, end = _marks(name)
        table = "\n".join([begin, *lines, end])
        text = re.sub(f"{begin}.*?{end}", lambda _, whole=table: whole, text, flags=re.S)
    with atomic_write(page) as temporary:
        temporary.write_text(text)


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def header(*cells: object) -> list[str]:
    """The first two lines of a table: the first column to the left, all others to the right."""
    return [line(*cells), "|---" + "|---:" * (len(cells) - 1) + "|"]


def line(*cells: object) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(str, cells))} |"
