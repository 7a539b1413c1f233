"""Our own small views: each a `gr.HTML`, its markup, style and script side by side. What goes in is escaped here."""

import base64
import io
from html import escape

import gradio as gr
from PIL import Image


class View:
    """A view's style and script. No subclass of `gr.HTML`: Gradio writes a stub file beside each of those."""

    STYLE, SCRIPT = "", None

    @classmethod
    def build(cls, value: str = "", **options) -> gr.HTML:
        """The component, in the layout that is being built."""
        return gr.HTML(value, css_template=cls.STYLE, js_on_load=cls.SCRIPT, padding=False, **options)


class Header(View):
    """The name of the page and one sentence on what it is."""

    HTML = (
        "<header><h1>Modality Saliency Distillation</h1><p>See which modality an image-text classifier listens to, "
        "and what is left of that when it is distilled into a small one: hide the picture or the words, and watch "
        "who changes their mind.</p></header>"
    )
    STYLE = """
header { padding: 34px 0 10px; max-width: 46rem; }
h1 { font-size: clamp(26px, 4vw, 38px); line-height: 1.15; letter-spacing: -0.02em; font-weight: 700; margin: 0 0 10px;
  color: var(--body-text-color); }
p { font-size: 17px; line-height: 1.55; color: var(--body-text-color-subdued); margin: 0; }"""


class Cards(View):
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
.said { font-size: 12px; line-height: 1.35; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow: hidden; min-height: 2.7em; overflow-wrap: anywhere; }"""

    @staticmethod
    def render_html(cards: list[tuple[int, Image.Image, str]], chosen: int | None) -> str:
        """The markup of `(row, picture, text)` cards, the one of row `chosen` pressed."""
        buttons = "".join(
            f'<button type="button" data-row="{row}" aria-pressed="{str(row == chosen).lower()}" '
            f'title="{escape(text)}">'
            f'<img src="{data_uri(picture)}" alt=""><span class="said" dir="auto">{escape(text)}</span></button>'
            for row, picture, text in cards
        )
        return f'<div class="cards" role="group" aria-label="Examples">{buttons}</div>'


def data_uri(picture: Image.Image, width: int = 128) -> str:
    """A picture, so many pixels wide, for an `<img>` that asks the server for nothing."""
    buffer = io.BytesIO()
    picture.resize((width, max(1, width * picture.height // picture.width))).save(buffer, "WEBP", quality=90)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


class Answers(View):
    """What it all means in words: warnings, the teacher's sentence in large, one line a student."""

    STYLE = """
li > span:first-child { flex: 1 1 300px; } li > .mark { margin-inline-start: auto; }
.headline { font-size: clamp(20px, 2.4vw, 26px); line-height: 1.35; font-weight: 650; letter-spacing: -0.01em;
  margin: 0 0 6px; color: var(--body-text-color); text-wrap: pretty; }
.answer { font-size: 15px; color: var(--body-text-color-subdued); margin: 0 0 14px; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--border-color-primary); }
li { display: flex; flex-wrap: wrap; gap: 0 12px; justify-content: space-between; align-items: baseline;
  padding: 9px 0; font-size: 15.5px; line-height: 1.45; border-bottom: 1px solid var(--border-color-primary); }
li:last-child { border-bottom: 0; padding-bottom: 0; }
.mark { white-space: nowrap; font-size: 13.5px; font-variant-numeric: tabular-nums;
  color: var(--body-text-color-subdued); }
.mark b { font-weight: 600; color: var(--body-text-color); }"""

    @staticmethod
    def render_html(lines: list[dict], warnings: tuple[str, ...]) -> str:
        """The markup of warnings and `analysis.sentence.Line`s as dicts, the teacher's first."""
        first, rest, doubt = lines[0], lines[1:], ""
        notice = "".join(f"<p>{escape(w)}</p>" for w in warnings)
        if notice:
            notice = (
                f'<div class="notice warning" role="alert">{notice}</div><p class="answer">They say all the same:</p>'
            )
            doubt = " doubtful"
        # of a multi-label task the sentence has named the answer, and there is no one chance to give
        items = "".join(
            f"<li><span>{escape(line['text'])}</span>{_mark(line, bool(line['chance']))}</li>" for line in rest
        )
        return (
            f'{notice}<div class="says{doubt}"><p class="headline">{escape(first["text"])}</p>'
            f'<p class="answer">The teacher’s answer: {_mark(first)}</p><ul>{items}</ul></div>'
        )

    @staticmethod
    def error_html(sentence: str) -> str:
        """The markup of one sentence that says what went wrong and what to do."""
        return f'<div class="notice error" role="alert"><p>{escape(sentence)}</p></div>'


def _mark(line: dict, named: bool = True) -> str:
    """A model's answer in short, and whether it is right, said by a sign and a word."""
    said = [f"<b>{escape(line['answer'])}</b> {escape(line['chance'])}".strip()] if named else []
    said += [] if line["right"] is None else ["✓ right" if line["right"] else "✗ wrong"]
    return f'<span class="mark">{" · ".join(said)}</span>'


class Said(View):
    """Plain sentences: warnings, one in large, a note, a list."""

    STYLE = (
        f"{Answers.STYLE} li {{ display: list-item; }} p {{ overflow-wrap: anywhere; }} "
        ".says > :last-child { margin-bottom: 0; }"
    )

    @staticmethod
    def render_html(headline: str, note: str, lines: list[str], warnings: tuple[str, ...] = ()) -> str:
        """The markup of sentences; the notes and lists that are empty are left out."""
        notice = "".join(f"<p>{escape(w)}</p>" for w in warnings)
        notice = f'<div class="notice warning" role="alert">{notice}</div>' if notice else ""
        large = f'<p class="headline">{escape(headline)}</p>' if headline else ""
        small = f'<p class="answer">{escape(note)}</p>' if note else ""
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return f'{notice}<div class="says">{large}{small}{f"<ul>{items}</ul>" if items else ""}</div>'


class Truth(View):
    """Of an example: its text as people read it, its true label, and what decides it."""

    STYLE = """
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin: 0; font-size: 14.5px; line-height: 1.45; }
dt { color: var(--body-text-color-subdued); } dd { margin: 0; color: var(--body-text-color); font-weight: 600; }"""

    @staticmethod
    def render_html(rows: list[tuple[str, str]]) -> str:
        """The markup of `(name, value)` rows."""
        return f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in rows)}</dl>" if rows else ""


class Progress(View):
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


class Tiles(View):
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
        shown = "".join(f'<div class="tile"><b>{escape(v)}</b><span>{escape(k)}</span></div>' for k, v in tiles)
        head = "".join(f'<th scope="col">{escape(h)}</th>' for h in header)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        table = (
            f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
        return f'<div class="tiles">{shown}</div>{table}' if shown else table
