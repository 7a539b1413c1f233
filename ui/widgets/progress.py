"""How far a job is."""

from html import escape

from ui.widgets.base import Widget


class Progress(Widget):
    """How far a job is: stage, bar, time left."""

    STYLE = """
.line { display: flex; justify-content: space-between; gap: 12px; font-size: 15.5px; margin: 0 0 8px; }
.line b { font-weight: 600; color: var(--body-text-color); }
.line span { color: var(--body-text-color-subdued); white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { height: 10px; border-radius: 5px; overflow: hidden; background: var(--border-color-primary); }
.bar i { display: block; height: 100%; background: #0d8f83; transition: width 0.4s; }
.bar.idle { display: none; }"""

    @staticmethod
    def render_html(stage: str, share: float | None, note: str, failed: bool = False) -> str:
        """The markup of a stage, a share done (0 to 1, None for no bar) and a note such as the time left."""
        width = round(100 * (share or 0), 1)
        idle = " idle" if share is None else ""
        return (
            f'<div class="line{" failed" if failed else ""}" role="status"><b>{escape(stage)}</b><span>{escape(note)}'
            f'</span></div><div class="bar{idle}" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{width}"><i style="width: {width}%"></i></div>'
        )
