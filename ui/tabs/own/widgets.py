"""The widgets of Your data: pairs to type to, and what a look at the data found."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from PIL import Image

from ui.visitor.own_uploads import Pair
from ui.widgets.base import Widget, data_uri
from ui.widgets.download import Download
from ui.widgets.sentences import notice_html
from ui.widgets.tiles import Tiles

TYPED = """JSON.stringify([...document.querySelectorAll('#o-pairs li')].map((row) => ({
  picture: row.dataset.picture, text: row.querySelector('textarea').value,
  label: row.querySelector('input').value })))"""


class Pairs(Widget):
    """Pictures with a text and a label to type to each. Rows that are pasted from a spreadsheet fill those below."""

    SCRIPT = """const labels = () => {
  const known = new Set([...element.querySelectorAll('input')].map((each) => each.value.trim()).filter(Boolean));
  const list = element.querySelector('datalist');
  if (list) list.replaceChildren(...[...known].map((each) => { const o = document.createElement('option');
    o.value = each; return o; }));
  const rows = [...element.querySelectorAll('li')];
  const whole = rows.filter((row) => row.querySelector('textarea').value.trim()
    && row.querySelector('input').value.trim()).length;
  const count = element.querySelector('.count');
  if (count) count.textContent = `${whole} of ${rows.length} pairs have a text and a label`;
};
element.addEventListener('input', labels);
element.addEventListener('click', (event) => {
  const button = event.target.closest('button.away');
  if (button) { button.closest('li').remove(); labels(); }
});
element.addEventListener('paste', (event) => {
  const field = event.target.closest('textarea, input'), text = event.clipboardData.getData('text');
  const lines = text.replace(/\\r?\\n$/, '').split(/\\r?\\n/);
  if (!field || (lines.length < 2 && !text.includes('\\t'))) return;
  event.preventDefault();
  let row = field.closest('li');
  for (const line of lines) {
    if (!row) break;
    const cells = line.split('\\t').slice(-2);
    if (cells.length === 2) [row.querySelector('textarea').value, row.querySelector('input').value] = cells;
    else row.querySelector(field.localName).value = cells[0];
    row = row.nextElementSibling;
  }
  labels();
});"""
    STYLE = """
ol { list-style: none; margin: 0; padding: 2px; display: grid; gap: 8px; max-height: 520px; overflow: auto;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
li { display: grid; grid-template-columns: 72px 1fr 30px; gap: 4px 10px; align-items: start; padding: 8px;
  border: 1px solid var(--border-color-primary); border-radius: 10px; margin: 0; }
img { width: 72px; height: 72px; object-fit: contain; border-radius: 6px; background: #8883; margin: 0;
  grid-row: 1 / 3; }
textarea, input { font: inherit; font-size: 14px; width: 100%; padding: 5px 8px; border-radius: 6px; resize: vertical;
  border: 1px solid var(--input-border-color) !important; background: var(--input-background-fill);
  color: var(--body-text-color); min-width: 0; }
textarea { min-height: 36px; } input { grid-column: 2; }
button.away { grid-column: 3; grid-row: 1; width: 30px; height: 30px; border: 0; background: none; cursor: pointer;
  font-size: 18px; line-height: 1; color: var(--body-text-color-subdued); border-radius: 6px; }
button.away:hover { color: #c4372c; } textarea:focus-visible, input:focus-visible, button:focus-visible {
  outline: 2px solid #0d8f83; }
.count { font-size: 14px; color: var(--body-text-color-subdued); margin: 0 0 8px; }"""

    @staticmethod
    def render_html(pairs: list[tuple[Pair, Image.Image]], refused: Iterable[str] = ()) -> str:
        """The markup of pairs with their thumbnails, under what was refused."""
        whole = sum(bool(pair.text.strip() and pair.label.strip()) for pair, _ in pairs)
        rows = "".join(
            f'<li data-picture="{escape(pair.picture)}"><img src="{data_uri(small, small.width)}" alt="Picture {i}">'
            f'<textarea rows="2" dir="auto" aria-label="Text of picture {i}" placeholder="Text">{escape(pair.text)}'
            f'</textarea><button type="button" class="away" aria-label="Leave out picture {i}">×</button>'
            f'<input dir="auto" list="o-labels" aria-label="Label of picture {i}" placeholder="Label" '
            f'value="{escape(pair.label)}"></li>'
            for i, (pair, small) in enumerate(pairs, 1)
        )
        known = "".join(
            f'<option value="{escape(label)}">'
            for label in dict.fromkeys(pair.label for pair, _ in pairs if pair.label)
        )
        count = f'<p class="count" role="status">{whole} of {len(pairs)} pairs have a text and a label</p>'
        return f'{notice_html(refused)}{count}<datalist id="o-labels">{known}</datalist><ol>{rows}</ol>'


class TakeAway(Widget):
    """A button that saves the ZIP of a task; what names the task is sent in the request's body, never in an address."""

    SCRIPT = """element.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-request]'), note = element.querySelector('span');
  if (!button) return;
  button.disabled = true; note.textContent = 'Packing …';
  try {
    const answer = await fetch(new URL('own/take-away', document.baseURI),
      { method: 'POST', body: button.dataset.request });
    if (!answer.ok) { note.textContent = await answer.text(); return; }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await answer.blob());
    link.download = 'msd-task.zip';
    link.click();
    note.textContent = '';
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch { note.textContent = 'The connection broke: try again.'; }
  finally { button.disabled = false; }
});"""
    STYLE = Download.STYLE + " span { font-size: 14px; color: var(--body-text-color-subdued); }"

    @staticmethod
    def render_html(token: str, runs: list[str]) -> str:
        """The markup of the button for a task, with the visitor's students of it."""
        request = escape(json.dumps({"token": token, "runs": runs}))
        return f'<button type="button" data-request="{request}">Take it away (ZIP)</button><span role="status"></span>'


class Look(Widget):
    """What a look at the data found: the sentence, the warnings, the rows that were left out."""

    STYLE = """
.headline { font-size: clamp(18px, 2vw, 22px); line-height: 1.4; font-weight: 650; margin: 0 0 10px;
  color: var(--body-text-color); text-wrap: pretty; overflow-wrap: anywhere; }
.warnings { margin: 0 0 12px; padding: 0; list-style: none; }
.warnings li, .note { font-size: 15px; line-height: 1.5; margin: 0 0 6px; color: var(--body-text-color);
  overflow-wrap: anywhere; }
.warnings li { padding-inline-start: 12px; border-inline-start: 3px solid #d08700; }
.note { color: var(--body-text-color-subdued); }
h4 { font-size: 14px; font-weight: 600; margin: 14px 0 6px; color: var(--body-text-color); }
.bad { max-height: 200px; overflow: auto; margin: 0; padding: 10px 14px 10px 30px; font-size: 14px; line-height: 1.5;
  border: 1px solid var(--border-color-primary); border-radius: 10px; color: var(--body-text-color); }
.bad li { overflow-wrap: anywhere; unicode-bidi: plaintext; }"""

    @staticmethod
    def render_html(look: dict[str, Any]) -> str:
        """The markup of a look, see `requests.Look`."""
        warnings = "".join(f"<li>{escape(each)}</li>" for each in look["warnings"])
        notes = "".join(f'<p class="note">{escape(each)}</p>' for each in look["notes"])
        bad = "".join(f'<li dir="auto">Row {row:,}: {escape(reason)}</li>' for row, reason in look["left_out"])
        count = look["count_left_out"]
        first = f", the first {len(look['left_out']):,}" if count > len(look["left_out"]) else ""
        left_out = f'<h4>{count:,} left out{first}</h4><ul class="bad" tabindex="0">{bad}</ul>' if bad else ""
        return (
            f'<p class="headline" role="status">{escape(look["sentence"])}</p>'
            f"{f'<ul class=warnings>{warnings}</ul>' if warnings else ''}{notes}{left_out}"
        )


class Sheets(Widget):
    """The tables of a look."""

    STYLE = Tiles.STYLE + " caption { font-weight: 600; color: var(--body-text-color); } .scroll { margin: 0 0 22px; }"

    @staticmethod
    def render_html(look: dict[str, Any]) -> str:
        """The markup of all of them, one below the other."""
        return "".join(Tiles.render_html([], title, header, rows) for title, header, rows in look["sheets"])
