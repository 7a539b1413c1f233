"""A data report for a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from msd_core.data_report.report import DataReport
from msd_core.data_report.scores import Baselines
from msd_core.data_report.sentences import counted, shortened
from msd_core.terminal import note

_MOST = 12  # rows of a table
_TITLES = {
    "majority": "always the commonest label",
    "text_only": "text only",
    "image_only": "picture only",
    "both": "both",
}


def print_report(report: DataReport, console: Console | None = None) -> None:
    """The tables and the sentence on standard output, the warnings on standard error."""
    console = console or Console()
    for table in tables(report):
        console.print(table)
    console.print(Text(report.sentence))
    for warning in report.warnings:
        note(warning)


def tables(report: DataReport) -> list[Table]:
    """What was counted and measured, a few tables; long ones are cut."""
    made = [_overview(report), _labels(report), _contents(report)]
    if report.left_out.count:
        made.append(_left_out(report))
    if report.baselines:
        made.append(_baselines(report.baselines))
    return made


def _table(title: str, *columns: str) -> Table:
    table = Table(columns[0], title=title, title_justify="left")
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _overview(report: DataReport) -> Table:
    rows = sum(report.rows.values())
    table = _table(shortened(report.title), "", "number")
    for name, count in {"rows": rows, **{f"  {name}": count for name, count in report.rows.items()}}.items():
        table.add_row(name, f"{count:,}")
    table.add_row("labels", f"{len(report.labels.counts):,}")
    table.add_row("distinct pictures", f"{report.pictures:,}")
    table.add_row("distinct texts", f"{report.texts:,}")
    lengths = f"{report.wording.median_words:,.0f}; {report.wording.long_words:,.0f}"
    table.add_row("words of a text: median; 95 % have at most", lengths)
    for name, share in list(report.wording.scripts.items())[:_MOST]:
        table.add_row(f"  texts in the script {name}", _percent(share))
    for name, count in list(report.wording.languages.items())[:_MOST]:
        table.add_row(Text(f"  rows in the language {shortened(name)}"), f"{count:,}")
    return table


def _labels(report: DataReport) -> Table:
    table = _table("Labels", "label", *report.rows, "share of rows")
    ordered = sorted(report.labels.counts, key=lambda label: -label.share)
    for label in ordered[:_MOST]:
        counts = [f"{count:,}" for count in label.rows.values()]
        table.add_row(Text(shortened(label.label)), *counts, _percent(label.share))
    if (rest := len(ordered) - _MOST) > 0:
        table.add_row(f"and {counted(rest, 'other')}")
    return table


def _contents(report: DataReport) -> Table:
    table = _table("To check", "", "number")
    found, wording = report.duplicates, report.wording
    counts = {
        "rows that repeat another in picture, text and label": found.repeated_rows,
        "pictures of several rows": found.pictures,
        "texts of several rows": found.texts,
        **{f"pictures both in {s.splits[0]} and {s.splits[1]}": s.pictures for s in report.shared},
        **{f"texts both in {s.splits[0]} and {s.splits[1]}": s.texts for s in report.shared},
        "pictures with one text under several labels": report.conflicts.pairs,
        "pictures under several labels": report.conflicts.pictures,
        "texts under several labels": report.conflicts.texts,
        "rows whose text names the whole label": wording.naming.whole,
        "rows whose text names a part of the label": wording.naming.part,
    }
    if wording.truncated is not None:
        counts["texts longer than the model reads"] = wording.truncated
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    return table


def _left_out(report: DataReport) -> Table:
    table = _table(f"{counted(report.left_out.count, 'row')} left out", "reason", "rows")
    reasons = list(report.left_out.reasons.items())[:_MOST]
    for reason, count in reasons:
        table.add_row(Text(shortened(reason, 200)), f"{count:,}")
    if rest := report.left_out.count - sum(count for _, count in reasons):
        table.add_row("other reasons", f"{rest:,}")
    return table


def _baselines(found: Baselines) -> Table:
    table = _table("What simple models score", "", found.metric.replace("_", " "), "95 % interval")
    for name, score in found.scores.items():
        table.add_row(_TITLES[name], f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}")
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
