"""Results in numbers."""

from html import escape

from ui.widgets.base import Widget


class Tiles(Widget):
    """A table of results with its caption, and tiles of single numbers over it."""

    STYLE = """
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 0 0 14px; }
.tile { flex: 1 1 120px; border: 1px solid var(--border-color-primary); border-radius: 10px; padding: 10px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums;
  color: var(--body-text-color); } .tile span { font-size: 13px; color: var(--body-text-color-subdued); }
.scroll { overflow-x: auto; contain: inline-size; }
table { border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; margin: 0; }
th, td { text-align: end; padding: 7px 10px; border: 0; border-bottom: 1px solid var(--border-color-primary);
  color: var(--body-text-color); background: none; }
th { font-weight: 600; font-size: 13px; color: var(--body-text-color-subdued); vertical-align: bottom; }
th:first-child, td:first-child { text-align: start; padding-inline-start: 0; }
caption { text-align: start; font-size: 14px; color: var(--body-text-color-subdued); margin-bottom: 6px; }"""

    @staticmethod
    def render_html(tiles: list[tuple[str, str]], caption: str, header: list[str], rows: list[list[str]]) -> str:
        """The markup of `(name, value)` tiles over a table."""
        marks = "".join(f'<div class="tile"><b>{escape(v)}</b><span>{escape(k)}</span></div>' for k, v in tiles)
        head = "".join(f'<th scope="col">{escape(h)}</th>' for h in header)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        table = (
            f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
        return f'<div class="tiles">{marks}</div>{table}' if marks else table
