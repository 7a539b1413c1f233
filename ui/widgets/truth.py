"""What is known of an example."""

from html import escape

from ui.widgets.base import Widget


class Truth(Widget):
    """Of an example: its text as people read it, its true label, and what decides it."""

    STYLE = """
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin: 0; font-size: 14.5px; line-height: 1.45; }
dt { color: var(--body-text-color-subdued); } dd { margin: 0; color: var(--body-text-color); font-weight: 600; }"""

    @staticmethod
    def render_html(rows: list[tuple[str, str]]) -> str:
        """The markup of `(name, value)` rows."""
        return f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in rows)}</dl>" if rows else ""
