"""The widgets of the Explore tab: headline, table of examples, one example, and clicks on points of a figure."""

from html import escape

from PIL import Image

from ui.widgets.base import Widget, data_uri


class Headline(Widget):
    """One sentence in large on a dataset."""

    STYLE = """
p { font-size: clamp(19px, 2.2vw, 24px); line-height: 1.4; font-weight: 650; letter-spacing: -0.01em; margin: 0;
  color: var(--body-text-color); text-wrap: pretty; max-width: 62rem; }"""

    @staticmethod
    def render_html(sentence: str) -> str:
        """The markup of the sentence."""
        return f"<p>{escape(sentence)}</p>"


class Clicks(Widget):
    """Nothing to see: triggers `select` with the `row` of a point that is clicked in the figure beside it, which must
    have the class `clickable`, also after the figure was drawn anew; and points at the chosen example there.

    Gradio's own plot tells nobody of clicks, so Plotly's event is listened to.
    """

    SCRIPT = """
const find = () => element.closest('.clicks-beside')?.querySelector('.clickable .js-plotly-plot');
const chosen = () => {
  const mark = element.querySelector('[data-x]');
  return mark && { x: Number(mark.dataset.x), y: Number(mark.dataset.y) };
};
const point = (plot) => {
  const at = chosen();
  const others = (plot.layout.annotations ?? []).filter((a) => a.name !== 'chosen');
  const mark = { ...at, name: 'chosen', text: '', showarrow: true, arrowhead: 2, arrowwidth: 2.5, arrowcolor: '#d6477f',
                 ax: at?.x > 0.5 ? -34 : 34, ay: at?.y > 0.5 ? 34 : -34, standoff: 5 };
  window.Plotly.relayout(plot, { annotations: at ? [...others, mark] : others });
};
const attach = () => {
  const plot = find();
  if (!plot?.on || plot.dataset.attached) return;
  plot.dataset.attached = 'yes';
  plot.on('plotly_click', (event) => {
    const row = Number(event.points[0]?.customdata);
    if (Number.isInteger(row)) trigger('select', { row });
  });
  point(plot);
};
new MutationObserver(attach).observe(element.closest('.clicks-beside') ?? document.body,
  { childList: true, subtree: true });
attach();
watch('value', () => { const plot = find(); if (plot?.data) point(plot); });"""

    @staticmethod
    def render_html(x: float, y: float) -> str:
        """The markup that says where the chosen example is."""
        return f'<i data-x="{x:.4f}" data-y="{y:.4f}" hidden></i>'


class ExampleTable(Widget):
    """Examples line by line. A click on a line triggers `select` with its `row`, on a column's title `click` with the
    key to `sort` by."""

    SCRIPT = """element.addEventListener('click', (event) => {
  const title = event.target.closest('button[data-sort]'), line = event.target.closest('tr[data-row]');
  if (title) trigger('click', { sort: title.dataset.sort });
  else if (line) trigger('select', { row: Number(line.dataset.row) });
});"""
    STYLE = """
.scroll { overflow: auto; max-height: 440px; border: 1px solid var(--border-color-primary); border-radius: 10px;
  contain: inline-size; }
table { border-collapse: separate; border-spacing: 0; width: 100%; min-width: 860px; font-size: 14px; margin: 0;
  padding: 0; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; z-index: 1; padding: 0; text-align: start; vertical-align: bottom;
  background: var(--background-fill-secondary); }
th button { font: inherit; font-size: 13px; font-weight: 600; color: var(--body-text-color); background: none;
  border: 0; padding: 8px 10px; cursor: pointer; text-align: start; width: 100%; line-height: 1.3; }
th button:hover { color: #0d8f83; } th button i { font-style: normal; color: #0d8f83; }
th, td { border: 0 !important; border-bottom: 1px solid var(--border-color-primary) !important; }
td { padding: 7px 10px; color: var(--body-text-color); vertical-align: top; line-height: 1.4;
  background: none; }
tbody tr { cursor: pointer; } tbody tr:hover td { background: var(--background-fill-secondary); }
tr[aria-selected="true"] td { background: rgba(13, 143, 131, 0.14) !important; }
td.text { min-width: 220px; max-width: 380px; overflow-wrap: anywhere; unicode-bidi: plaintext; }
td button { font: inherit; color: #0d8f83; background: none; border: 0; padding: 0; cursor: pointer; font-weight: 600; }
button:focus-visible, .scroll:focus-visible { outline: 3px solid #0d8f83; outline-offset: -2px; }
.none { padding: 18px; margin: 0; color: var(--body-text-color-subdued); font-size: 15px; }"""

    @staticmethod
    def render_html(
        columns: list[tuple[str, str]], lines: list[tuple[int, list[str]]], sort: str, down: bool, chosen: int | None
    ) -> str:
        """The markup of `(key, title)` columns, sorted by one of them, over `(row, cells)` lines."""
        if not lines:
            return '<div class="scroll"><p class="none">No example matches these filters.</p></div>'
        head = "".join(_title(key, title, down if key == sort else None) for key, title in columns)
        keys = [key for key, _ in columns]
        body = "".join(
            f'<tr data-row="{row}" aria-selected="{str(row == chosen).lower()}">'
            f"{''.join(_cell(key, cell) for key, cell in zip(keys, cells, strict=True))}</tr>"
            for row, cells in lines
        )
        return (
            '<div class="scroll" tabindex="0" role="region" aria-label="Examples"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _title(key: str, title: str, down: bool | None) -> str:
    order = {None: "none", True: "descending", False: "ascending"}[down]
    sign = {None: "", True: " ▼", False: " ▲"}[down]
    return (
        f'<th scope="col" aria-sort="{order}"><button type="button" data-sort="{escape(key)}">{escape(title)}'
        f"<i aria-hidden='true'>{sign}</i></button></th>"
    )


def _cell(key: str, cell: str) -> str:
    if key == "row":  # a button, so that lines can be opened without a mouse
        return f'<td><button type="button" aria-label="Open example {escape(cell)}">{escape(cell)}</button></td>'
    return f'<td class="text" dir="auto">{escape(cell)}</td>' if key == "text" else f"<td>{escape(cell)}</td>"


class ExampleCard(Widget):
    """One example: picture, text, truth, and what each model says."""

    STYLE = """
.example { display: grid; grid-template-columns: minmax(96px, 34%) 1fr; gap: 14px; align-items: start; }
img { width: 100%; border-radius: 10px; margin: 0; background: #8883; image-rendering: auto; }
h3 { font-size: 17px; font-weight: 650; margin: 0 0 8px; color: var(--body-text-color); }
.text { font-size: 16px; line-height: 1.45; margin: 0 0 10px; color: var(--body-text-color); overflow-wrap: anywhere;
  unicode-bidi: plaintext; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; margin: 0; font-size: 14.5px; line-height: 1.4; }
dt { color: var(--body-text-color-subdued); }
dd { margin: 0; color: var(--body-text-color); font-weight: 600; overflow-wrap: anywhere; }"""

    @staticmethod
    def render_html(row: int, picture: Image.Image, text: str, rows: list[tuple[str, str]]) -> str:
        """The markup of a test example and `(name, value)` rows on it."""
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        return (
            f'<h3>Test example {row:,}</h3><div class="example"><img src="{data_uri(picture, 256)}" '
            f'alt="The picture of the example"><div><p class="text" dir="auto">{escape(text)}</p></div></div>'
            f"<dl style='margin-top: 14px'>{facts}</dl>"
        )
