"""Batches in Explore: a table and a ZIP of images in, a table of answers out, which is in the page alone."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

import gradio as gr

from ui import limits
from ui.events import Updates, on
from ui.help import figure_title
from ui.visitor.checks import check_task
from ui.visitor.students import known_ids, listed
from ui.visitor.uploads import ARCHIVES, TABLES
from ui.widgets.base import Widget
from ui.widgets.download import Download
from ui.widgets.progress import Progress
from ui.work.batches import follow
from ui.work.models import ticked_students
from ui.work.work import Result

if TYPE_CHECKING:  # heavy
    from analysis.dataset.batch import Batch
    from ui.tabs.shared import Page

_TEMPLATE = "image,text,label\r\nfirst.png,what is in the image?,circle\r\nsecond.png,is there a red shape?,yes\r\n"
_IDLE = "No batch yet: upload a table and its images, or a ZIP that has both."


class BatchResult(Widget):
    """What came of a batch: a sentence, the lines that could not be read, the first lines of the table."""

    SCRIPT = Download.SCRIPT
    STYLE = (
        Download.STYLE
        + """
.sum { font-size: 19px; font-weight: 650; margin: 0 0 12px; color: var(--body-text-color); }
.note { font-size: 14px; margin: 0 0 12px; color: var(--body-text-color-subdued); }
.bad { max-height: 180px; overflow: auto; margin: 0 0 14px; padding: 10px 14px 10px 30px; font-size: 14px;
  line-height: 1.5; border: 1px solid var(--border-color-primary); border-radius: 10px; color: var(--body-text-color); }
.bad li { overflow-wrap: anywhere; }
h4 { font-size: 14px; font-weight: 600; margin: 14px 0 6px; color: var(--body-text-color); }
.scroll { overflow: auto; max-height: 420px; border: 1px solid var(--border-color-primary); border-radius: 10px;
  contain: inline-size; }
table { border-collapse: separate; border-spacing: 0; width: 100%; min-width: 760px; font-size: 14px; margin: 0;
  padding: 0; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: var(--background-fill-secondary); font-size: 13px; font-weight: 600; }
th, td { padding: 7px 10px; text-align: start; vertical-align: top; color: var(--body-text-color); line-height: 1.4;
  border: 0 !important; border-bottom: 1px solid var(--border-color-primary) !important; max-width: 320px;
  overflow-wrap: break-word; unicode-bidi: plaintext; }"""
    )

    @staticmethod
    def render_html(
        good: int, bad: list[tuple[int, str]], header: list[str], rows: list[list[str]], csv: str, notes: Iterable[str]
    ) -> str:
        """The markup of how many lines were read, notes on that, the bad ones, a table of the first rows, and the CSV
        to save."""
        wrong = "".join(f"<li>Line {row:,}: {escape(reason)}</li>" for row, reason in bad)
        failed = f'<h4>Skipped</h4><ul class="bad">{wrong}</ul>' if bad else ""
        known = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
        head = "".join(f'<th scope="col">{escape(title)}</th>' for title in header)
        body = "".join(f"<tr>{''.join(f'<td dir=auto>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        first = f"The first {len(rows):,} of {good:,} rows" if len(rows) < good else "All rows"
        return (
            f'<p class="sum" role="status">{good:,} rows answered, {len(bad):,} skipped</p>{known}'
            f"{Download.render_html('Download the CSV', 'msd-batch.csv', csv, main=True)}{failed}"
            f"<h4>{first} (summary): the CSV has every view and probability</h4>"
            f'<div class="scroll" tabindex="0" role="region" aria-label="Answers"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


class BatchCard:
    """The section's components, and what happens on them."""

    def __init__(self, page: "Page", task: gr.Radio, own: gr.CheckboxGroup):
        self.page, self.task, self.own = page, task, own
        with gr.Column(elem_classes="card", elem_id="b-card"):
            figure_title(
                "Batch",
                f"Your own pairs, up to {limits.BATCH_ROWS:,}: a CSV with the columns image, text and (optional) label "
                "and a ZIP of the images; or a ZIP of the images with a metadata.csv or metadata.jsonl. Your files "
                "are deleted within an hour, and the result stays in this page.",
            )
            with gr.Row(equal_height=True):
                self.table = gr.File(label="Table (CSV)", file_types=list(TABLES), height=150, elem_id="b-table")
                self.archive = gr.File(label="Images (ZIP)", file_types=list(ARCHIVES), height=150, elem_id="b-archive")
            with gr.Row(equal_height=True):
                self.button = gr.Button("Ask all models", variant="primary", elem_id="b-start", min_width=180)
                Download.build(
                    Download.render_html("A table to start from", "pairs.csv", _TEMPLATE), elem_id="b-template"
                )
            self.progress = Progress.build(Progress.render_html(_IDLE, None, ""), elem_id="b-progress")
            self.result = BatchResult.build(elem_id="b-result")

    def wire(self) -> None:
        """Connect the events; the public way in is `/batch`."""
        on(
            self.button.click, self.run, [self.task, self.table, self.archive, self.own, self.page.runs],
            [self.progress, self.result, self.button], self.refuse, concurrency_limit=None,
        )  # fmt: skip

    def run(self, task: object, table: object, archive: object, own: object, runs: object) -> Iterator[Updates]:
        """Read the files and ask all models about every pair, with how far that is."""
        yield {self.button: gr.update(interactive=False), self.result: ""}
        subject = check_task(task)
        mine = ticked_students(listed(own), known_ids(runs), subject)
        for update in follow(subject, table, archive, mine):
            if isinstance(update, Result):
                yield {
                    self.progress: "",
                    self.result: _rendered(update.value),
                    self.button: gr.update(interactive=True),
                }
            else:
                yield {self.progress: Progress.render_html(update.what, update.share, "")}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of progress, and the button to try again."""
        failed = Progress.render_html(sentence, None, "", failed=True)
        return {self.progress: failed, self.button: gr.update(interactive=True)}


def _rendered(batch: "Batch") -> str:
    from analysis.dataset.listing import batch_lines

    header, rows = batch_lines(batch.table)
    return BatchResult.render_html(
        len(batch.table), [(bad.row, bad.reason) for bad in batch.bad], header, rows, batch.to_csv(), batch.notes
    )
