"""A data report as tables of words, for a terminal or a page."""

from dataclasses import dataclass, field

from msd_core.data_report.report import DataReport
from msd_core.data_report.scores import Baselines
from msd_core.data_report.sentences import counted, shortened

_MOST = 12  # rows of a table
_TITLES = {
    "majority": "always the commonest label",
    "text_only": "text only",
    "image_only": "picture only",
    "both": "both",
}


@dataclass(frozen=True)
class Sheet:
    """A table: its title, the names of its columns, and rows of as many cells, or fewer."""

    title: str
    header: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)

    @classmethod
    def of(cls, title: str, *header: str) -> "Sheet":
        """An empty one."""
        return cls(title, header)

    def add(self, *cells: str) -> None:
        """One row more."""
        self.rows.append([*cells])


def sheets(report: DataReport) -> list[Sheet]:
    """What was counted and measured, a few tables; long ones are cut."""
    made = [_overview(report), _labels(report), _contents(report)]
    if report.left_out.count:
        made.append(_left_out(report))
    if report.baselines:
        made.append(_baselines(report.baselines))
    return made


def _overview(report: DataReport) -> Sheet:
    rows = sum(report.rows.values())
    sheet = Sheet.of(shortened(report.title), "", "number")
    for name, count in {"rows": rows, **{f"  {name}": count for name, count in report.rows.items()}}.items():
        sheet.add(name, f"{count:,}")
    sheet.add("labels", f"{len(report.labels.counts):,}")
    sheet.add("distinct pictures", f"{report.pictures:,}")
    sheet.add("distinct texts", f"{report.texts:,}")
    lengths = f"{report.wording.median_words:,.0f}; {report.wording.long_words:,.0f}"
    sheet.add("words of a text: median; 95 % have at most", lengths)
    for name, share in list(report.wording.scripts.items())[:_MOST]:
        sheet.add(f"  texts in the script {name}", _percent(share))
    for name, count in list(report.wording.languages.items())[:_MOST]:
        sheet.add(f"  rows in the language {shortened(name)}", f"{count:,}")
    return sheet


def _labels(report: DataReport) -> Sheet:
    sheet = Sheet.of("Labels", "label", *report.rows, "share of rows")
    ordered = sorted(report.labels.counts, key=lambda label: -label.share)
    for label in ordered[:_MOST]:
        counts = [f"{count:,}" for count in label.rows.values()]
        sheet.add(shortened(label.label), *counts, _percent(label.share))
    if (rest := len(ordered) - _MOST) > 0:
        sheet.add(f"and {counted(rest, 'other')}")
    return sheet


def _contents(report: DataReport) -> Sheet:
    sheet = Sheet.of("To check", "", "number")
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
        sheet.add(name, f"{count:,}")
    return sheet


def _left_out(report: DataReport) -> Sheet:
    sheet = Sheet.of(f"{counted(report.left_out.count, 'row')} left out", "reason", "rows")
    reasons = list(report.left_out.reasons.items())[:_MOST]
    for reason, count in reasons:
        sheet.add(shortened(reason, 200), f"{count:,}")
    if rest := report.left_out.count - sum(count for _, count in reasons):
        sheet.add("other reasons", f"{rest:,}")
    return sheet


def _baselines(found: Baselines) -> Sheet:
    sheet = Sheet.of("What simple models score", "", found.metric.replace("_", " "), "95 % interval")
    for name, score in found.scores.items():
        sheet.add(_TITLES[name], f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}")
    return sheet


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
