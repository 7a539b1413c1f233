"""Batches in Explore: a table and a ZIP of images in, a table of answers out, which is in the page alone."""

import threading
from html import escape
from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from ui import limits
from ui.checks import check_task
from ui.compare import figure_title
from ui.saved import Saved
from ui.uploads import ARCHIVES, TABLES, take
from ui.views import Progress, View
from ui.visitor import load_student, ticked_students
from ui.working import Work

PLACES = threading.BoundedSemaphore(limits.BATCHES_AT_ONCE)
_TEMPLATE = "image,text,label\r\nfirst.png,what is in the image?,circle\r\nsecond.png,is there a red shape?,yes\r\n"
_IDLE = "No batch yet: upload a table and its images."


class BatchResult(View):
    """What came of a batch: a sentence, the lines that could not be read, the first lines of the table."""

    SCRIPT = Saved.SCRIPT
    STYLE = (
        Saved.STYLE
        + """
.sum { font-size: 19px; font-weight: 650; margin: 0 0 12px; color: var(--body-text-color); }
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
    def render_html(good: int, bad: list[tuple[int, str]], header: list[str], rows: list[list[str]], csv: str) -> str:
        """The markup of how many lines were read, the bad ones, a table of the first rows, and the CSV to save."""
        wrong = "".join(f"<li>Line {row:,}: {escape(reason)}</li>" for row, reason in bad)
        listed_ = f'<h4>Not read</h4><ul class="bad">{wrong}</ul>' if bad else ""
        head = "".join(f'<th scope="col">{escape(title)}</th>' for title in header)
        body = "".join(f"<tr>{''.join(f'<td dir=auto>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        first = f"The first {len(rows):,} of {good:,}" if len(rows) < good else "All of them"
        return (
            f'<p class="sum" role="status">{good:,} rows read, {len(bad):,} not</p>'
            f"{Saved.render_html('Download the CSV', 'msd-batch.csv', csv, main=True)}{listed_}"
            f"<h4>{first}, in short: the CSV has every view and probability</h4>"
            f'<div class="scroll" tabindex="0" role="region" aria-label="Answers"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


class BatchCard:
    """The section's components, and what happens on them."""

    def __init__(self, shared: SimpleNamespace, task: gr.Radio, own: gr.CheckboxGroup):
        self.shared, self.task, self.own = shared, task, own
        with gr.Column(elem_classes="card", elem_id="b-card"):
            figure_title(
                "Batch",
                f"Your own pairs, up to {limits.BATCH_ROWS:,}: a CSV with columns image, text and, if you like, label, "
                "and a ZIP of the images. Your files are deleted within an hour, and the result stays in this page.",
            )
            with gr.Row(equal_height=True):
                self.table = gr.File(label="Table (CSV)", file_types=list(TABLES), height=150, elem_id="b-table")
                self.archive = gr.File(label="Images (ZIP)", file_types=list(ARCHIVES), height=150, elem_id="b-archive")
            with gr.Row(equal_height=True):
                self.button = gr.Button("Ask all models", variant="primary", elem_id="b-start", min_width=180)
                Saved.build(Saved.render_html("A table to start from", "pairs.csv", _TEMPLATE), elem_id="b-template")
            self.progress = Progress.build(Progress.render_html(_IDLE, None, ""), elem_id="b-progress")
            self.result = BatchResult.build(elem_id="b-result")

    def wire(self) -> None:
        """Connect the events; the public way in is `/batch`."""
        outputs = [self.progress, self.result, self.button]
        self.button.click(
            self.run, [self.task, self.table, self.archive, self.own, self.shared.runs], outputs,
            api_visibility="private", preprocess=False, show_progress="hidden",
            concurrency_limit=limits.BATCHES_WAITING, concurrency_id="batches",
        )  # fmt: skip

    def run(self, task, table, archive, own, runs):
        """Read the files and ask all models about every pair, saying how far that is."""
        yield {self.button: gr.update(interactive=False), self.result: ""}
        try:
            name = check_task(task)
            mine = ticked_students(own, runs, name)
            following, found = follow(name, table, archive, mine), None
            while found is None:
                try:
                    share, what = next(following)
                    yield {self.progress: Progress.render_html(what, share, "")}
                except StopIteration as end:
                    found = end.value
            shown = {self.progress: "", self.result: rendered(found)}
        except UserError as error:
            shown = {self.progress: Progress.render_html(str(error), None, "", failed=True)}
        yield {**shown, self.button: gr.update(interactive=True)}


def follow(task: object, table: object, archive: object, own: dict[str, str]):
    """Read both files, yield how far the batch is, and return it."""
    from analysis.dataset.batch import batch
    from msd_core.compare import bundled_models

    name = check_task(task)
    lines = take(table, "table", TABLES, limits.TABLE_BYTES)
    images = take(archive, "archive", ARCHIVES, limits.ARCHIVE_BYTES)
    if len(own) > limits.OWN_AT_ONCE:
        raise UserError(f"Those are {len(own)} students of your own: ask at most {limits.OWN_AT_ONCE} at once.")
    models = bundled_models(name) | {title: load_student(run, name) for title, run in own.items()}
    sizes = limits.BATCH_ROWS, limits.BATCH_SECONDS
    work = Work(lambda report: batch(name, lines, images, models, report, *sizes), PLACES, alone=True)
    return (yield from work.follow())


def rendered(found) -> str:
    """A batch's result as the page shows it."""
    from analysis.dataset.listing import batch_lines

    header, rows = batch_lines(found.table)
    return BatchResult.render_html(
        len(found.table), [(bad.row, bad.reason) for bad in found.bad], header, rows, found.to_csv()
    )
