"""The widgets of the Study tab: its table, and what stands in place of a study that is not there."""

from html import escape

from ui.widgets.base import Widget
from ui.widgets.tiles import Tiles


class ArmTable(Widget):
    """All arms of a study: the name of each over what it does, then its numbers."""

    STYLE = (
        Tiles.STYLE
        + """
.note { font-size: 14px; color: var(--body-text-color-subdued); margin: 0 0 8px; }
td { white-space: nowrap; vertical-align: top; }
td:first-child { white-space: normal; }
@media (max-width: 640px) { td:first-child { min-width: 118px; max-width: 118px; overflow-wrap: anywhere; } }
td:first-child span { display: block; font-size: 13px; line-height: 1.35; color: var(--body-text-color-subdued); }
tr.named td:first-child b::after { content: " · named beforehand"; font-weight: 600; }"""
    )

    @staticmethod
    def render_html(caption: str, header: list[str], rows: list[tuple[str, str, bool, list[str]]]) -> str:
        """The markup of rows of (name, words, whether its difference was named beforehand, cells)."""
        head = "".join(f'<th scope="col">{escape(title)}</th>' for title in header)
        body = "".join(
            f'<tr class="{"named" if named else ""}"><td><b>{_breakable(name)}</b><span>{escape(words)}</span></td>'
            f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
            for name, words, named, cells in rows
        )
        return (
            f'<p class="note">{escape(caption)}</p>'
            '<div class="scroll" tabindex="0" role="region" aria-label="All arms">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _breakable(name: str) -> str:
    """An arm's name that a narrow column may break between its parts."""
    return escape(name).replace("/", "/<wbr>").replace("+", "<wbr>+")


class NoStudy(Widget):
    """That a task has no study yet, and the command that makes one."""

    STYLE = """
p { font-size: 17px; line-height: 1.5; margin: 0 0 10px; color: var(--body-text-color); }
code { display: block; padding: 12px 14px; border-radius: 10px; font-size: 14px; overflow-wrap: anywhere;
  background: var(--background-fill-secondary); color: var(--body-text-color); user-select: all; }"""

    @staticmethod
    def render_html(task: str) -> str:
        """The markup for a task."""
        return (
            "<p>No study of this task is included yet. These commands make one in a few hours on two cores:</p>"
            f"<code>msd study --task {escape(task)}<br>python -m tools publish --task {escape(task)}</code>"
        )
