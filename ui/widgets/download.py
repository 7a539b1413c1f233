"""What a visitor saves as a file. It is in the page alone: a file that the server hands out could be fetched by
others."""

import base64
import gzip
from html import escape

from ui.widgets.base import Widget

_KINDS = {
    "csv": "text/csv;charset=utf-8",
    "html": "text/html;charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


class Download(Widget):
    """Buttons that save what the page holds, compressed, on the visitor's own disk."""

    SCRIPT = """element.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-file]');
  if (!button) return;
  const bytes = Uint8Array.from(atob(button.dataset.content), (c) => c.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([await new Response(whole).blob()], { type: button.dataset.kind }));
  link.download = button.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});"""
    STYLE = """
button { font: inherit; font-size: 15px; font-weight: 600; padding: 8px 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--border-color-primary); color: var(--body-text-color); margin: 0 8px 8px 0;
  background: var(--block-background-fill); }
button.main { background: #0b766d; border-color: #0b766d; color: #fff; }
button:hover { border-color: #0d8f83; } button:focus-visible { outline: 3px solid #0d8f83; outline-offset: 2px; }"""

    @staticmethod
    def render_html(title: str, file: str, content: str | bytes, main: bool = False) -> str:
        """The markup of a button that saves a text or bytes under a name that ends in one of the known kinds."""
        held = base64.b64encode(gzip.compress(content.encode() if isinstance(content, str) else content)).decode()
        return (
            f'<button type="button" class="{"main" if main else ""}" data-file="{escape(file)}" '
            f'data-kind="{_KINDS[file.rpartition(".")[2]]}" data-content="{held}">{escape(title)}</button>'
        )
