"""The widget of the Languages tab: what models answer to each of two texts."""

from html import escape
from typing import TYPE_CHECKING

from ui.widgets.base import Widget

if TYPE_CHECKING:  # heavy
    from analysis.languages.names import Cell, Name, Row


class NameTables(Widget):
    """A table for each text: a line a model, a column a view."""

    STYLE = """
.names { display: grid; gap: 22px; }
h4 { margin: 0 0 8px; font-size: 14px; font-weight: 600; color: var(--body-text-color-subdued); }
h4 b { display: block; font-size: 19px; font-weight: 650; color: var(--body-text-color); overflow-wrap: anywhere;
  unicode-bidi: plaintext; text-align: start; }
.scroll { overflow-x: auto; contain: inline-size; }
.scroll:focus-visible { outline: 3px solid #0d8f83; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; min-width: 520px; font-size: 14px; margin: 0; line-height: 1.35; }
th, td { text-align: start; vertical-align: top; padding: 7px 10px 7px 0; border: 0;
  border-bottom: 1px solid var(--border-color-primary); color: var(--body-text-color); background: none; }
thead th { font-size: 13px; font-weight: 600; color: var(--body-text-color-subdued); }
tbody th { font-weight: 600; position: sticky; inset-inline-start: 0; background: var(--block-background-fill);
  min-width: 104px; max-width: 150px; }
small { display: block; font-size: 12.5px; font-weight: 400; color: var(--body-text-color-subdued);
  font-variant-numeric: tabular-nums; }
@media (max-width: 640px) {
  table { min-width: 0; font-size: 12.5px; table-layout: fixed; } small { font-size: 11.5px; }
  th, td { padding-inline-end: 5px; overflow-wrap: anywhere; hyphens: auto; } tbody th { min-width: 0; }
  thead th:first-child { width: 23%; }
}"""

    @staticmethod
    def render_html(names: "list[Name]") -> str:
        """The markup of texts, escaped."""
        return f'<div class="names">{"".join(map(_section, names))}</div>'


def _section(name: "Name") -> str:
    from analysis.words import VIEW_TITLES

    title = name.title[0].upper() + name.title[1:]
    head = "".join(f'<th scope="col">{escape(view)}</th>' for view in VIEW_TITLES.values())
    text = f'<b dir="auto">{escape(name.text)}</b>' if name.text else "<b>No text</b>"
    return (
        f'<section><h4>{escape(title)}{text}</h4><div class="scroll" tabindex="0" role="region" '
        f'aria-label="Answers to {escape(name.title)}"><table><thead><tr><th scope="col">Model</th>{head}</tr></thead>'
        f"<tbody>{''.join(map(_line, name.rows))}</tbody></table></div></section>"
    )


def _line(row: "Row") -> str:
    from analysis.words import short_name

    leans = " · ".join(f"{modality} {value:.2f}" for modality, value in row.necessity.items())
    return (
        f'<tr><th scope="row">{escape(short_name(row.who))}<small title="Necessity, bits">{escape(leans)}</small></th>'
        f"{''.join(map(_cell, row.cells))}</tr>"
    )


def _cell(cell: "Cell") -> str:
    from analysis.words import percent

    parts = [] if cell.prob is None else [percent(cell.prob)]
    parts += [] if cell.right is None else ["✓ right" if cell.right else "✗ wrong"]
    return f"<td>{escape(cell.answer)}<small>{' · '.join(parts)}</small></td>"
