"""Examples to choose from."""

from html import escape

from PIL import Image

from ui.widgets.base import Widget, data_uri


class Cards(Widget):
    """Examples to choose from: picture over text. A click triggers `select` with the `row` of its example."""

    SCRIPT = """element.addEventListener('click', (event) => {
  const card = event.target.closest('button[data-row]');
  if (card) trigger('select', { row: Number(card.dataset.row) });
});"""
    STYLE = """
.cards { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 10px; margin: 0; padding: 2px; }
button { display: flex; flex-direction: column; gap: 5px; padding: 5px; cursor: pointer; text-align: start; width: 100%;
  border: 1px solid var(--border-color-primary); border-radius: 10px; background: var(--block-background-fill);
  color: var(--body-text-color); font: inherit; }
button:hover { border-color: #0d8f83; }
button[aria-pressed="true"] { border-color: #0d8f83; box-shadow: 0 0 0 2px #0d8f83; }
img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 6px; margin: 0; background: #8883; }
.caption { font-size: 12px; line-height: 1.35; display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; overflow: hidden; min-height: 2.7em; overflow-wrap: anywhere;
  unicode-bidi: plaintext; text-align: start; }"""

    @staticmethod
    def render_html(cards: list[tuple[int, Image.Image, str]], chosen: int | None) -> str:
        """The markup of `(row, picture, text)` cards, the one of row `chosen` pressed."""
        buttons = "".join(
            f'<button type="button" data-row="{row}" aria-pressed="{str(row == chosen).lower()}" '
            f'title="{escape(text)}">'
            f'<img src="{data_uri(picture)}" alt=""><span class="caption" dir="auto">{escape(text)}</span></button>'
            for row, picture, text in cards
        )
        return f'<div class="cards" role="group" aria-label="Examples">{buttons}</div>'
