"""What a data report means, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msd_core.data_report.scores import MOST_LABELS, Baselines, Estimate

if TYPE_CHECKING:
    from msd_core.data_report.report import DataReport

_LEAST_GAIN = 0.01  # what is less is no reason for a second modality
_SAME = 0.05  # a gain over one half that is surely less than this counts as none, where it is not clear
_USELESS = 0.1  # likewise of a gain over the majority: a model that has learned anything is well above it
_NAMED = 3  # labels in a sentence
_MANY_NAMED, _MANY_REPEATED, _MANY_CUT, _LOPSIDED = 0.1, 0.01, 0.01, 0.9  # shares of rows, or of texts
_LONG = 60  # characters of a label, or of a reason


def sentence(report: DataReport) -> str:
    """Whether two modalities have anything to do, from the baselines and how sure their differences are."""
    found = report.baselines
    if report.labels.used < 2:
        return "Every row has the same label: there is nothing to tell apart." if report.labels.used else _NO_LABEL
    if found is None:
        return "There are no rows to train on, or none to test on, so nothing can be said about picture and text."
    if "text_only" not in found.scores:
        return (
            f"With more than {MOST_LABELS:,} labels no simple model was fitted, so it is not known what each half says."
        )
    if "both" not in found.scores:
        return _of_text(report, found)
    return f"{_of_both(report, found)} {_measured(found)}"


_NO_LABEL = "No row has any label: there is nothing to learn."


def _of_text(report: DataReport, found: Baselines) -> str:
    gain, floor = found.gains["text_only"]["majority"], _floor(report)
    unknown = "What the picture adds was not measured."
    if _clear(gain):
        says = f"The text alone says something: a simple model of its words scores {_score(found, 'text_only')}"
        return f"{says}, against {_score(found, 'majority')} for {floor}. {unknown} {_measured(found)}"
    if _none(gain, _USELESS):
        says = f"A simple model of the text does not do clearly better than {floor}"
        return f"{says} ({_score(found, 'majority')}). {unknown}"
    return (
        f"There are too few rows to tell whether the text says anything about the label. {unknown} {_measured(found)}"
    )


def _of_both(report: DataReport, found: Baselines) -> str:
    over_floor = {name: found.gains[name]["majority"] for name in ("text_only", "image_only", "both")}
    score = {name: _score(found, name) for name in found.scores}
    if not any(map(_clear, over_floor.values())):
        if all(_none(gain, _USELESS) for gain in over_floor.values()):
            return (
                f"No simple model does clearly better than {_floor(report)} ({score['majority']}): either the label "
                "cannot be seen in these pictures and texts, or only in how the two belong together, which a simple "
                "model misses."
            )
        return (
            f"There are too few rows to tell whether picture or text says anything about the label: {_scores(score)}."
        )
    over = found.gains["both"]
    if _clear(over["text_only"]) and _clear(over["image_only"]):
        return f"Picture and text together are clearly better than either alone: {_scores(score)}."
    text_reaches, image_reaches = (_none(over[name], _SAME) for name in ("text_only", "image_only"))
    if text_reaches and image_reaches:
        return f"Either alone already reaches what both reach: {_scores(score)}."
    if text_reaches:
        return f"The text alone already reaches what both reach, and the picture adds nothing clear: {_scores(score)}."
    if image_reaches:
        return f"The picture alone already reaches what both reach, and the text adds nothing clear: {_scores(score)}."
    return f"There are too few rows to tell whether both together are better than the better half: {_scores(score)}."


def _clear(gain: Estimate) -> bool:
    return gain.low > 0 and gain.value >= _LEAST_GAIN


def _none(gain: Estimate, most: float) -> bool:
    return not _clear(gain) and gain.high < most


def _scores(score: dict[str, str]) -> str:
    return f"both {score['both']}, text {score['text_only']}, picture {score['image_only']}"


def _score(found: Baselines, name: str) -> str:
    value = found.scores[name].value
    return f"{100 * value:.1f} %" if found.metric == "accuracy" else f"{value:.3f} macro F1"


def _floor(report: DataReport) -> str:
    if report.multilabel:
        return "giving every row the same labels"
    return f"always answering “{shortened(report.labels.majority.label)}”"


def _measured(found: Baselines) -> str:
    how = "tested on every one in turn" if found.cross_validated else f"tested on {found.test_rows:,} others"
    return f"(Simple linear models, trained on {found.train_rows:,} rows and {how}.)"


def warnings(report: DataReport) -> Iterator[str]:
    """What to act on before training: the worst first."""
    yield from _of_splits(report)
    yield from _of_labels(report)
    yield from _of_contents(report)
    yield from _of_texts(report)


def _of_splits(report: DataReport) -> Iterator[str]:
    rows = sum(report.rows.values())
    if report.left_out.count:
        reason, count = next(iter(report.left_out.reasons.items()))
        yield (
            f"{counted(report.left_out.count, 'row')} could not be used; the commonest reason ({count:,}) is: "
            f"{shortened(reason, 200)}"
        )
    if empty := [name for name, count in report.rows.items() if not count]:
        yield f"There are no rows for {_listed(empty)}: give more rows, or say which rows are for what."
    if report.baselines and report.baselines.cross_validated:
        yield f"There are only {counted(rows, 'row')}: every score will be rough, so give some hundreds if you can."
    if shared := [pair for pair in report.shared if pair.pictures]:
        counts = [f"{pair.pictures:,} both in {pair.splits[0]} and in {pair.splits[1]}" for pair in shared]
        yield (
            f"Some pictures are in two splits ({'; '.join(counts)}): scores will look too good, so keep all rows of a "
            "picture in one split."
        )


def _of_labels(report: DataReport) -> Iterator[str]:
    labels = report.labels
    if labels.used < 2:
        yield "Fewer than two labels are used: a classifier needs rows of at least two."
    if len(labels.counts) > MOST_LABELS:
        yield (
            f"There are {len(labels.counts):,} labels: a column of names or numbers may have been taken for labels; "
            "if they are right, join the rare ones."
        )
    if missing := labels.not_in_every_split:
        yield (
            f"{_labels(missing)} not in every split: give more rows of {_them(missing)}, or join or drop "
            f"{_them(missing)}."
        )
    if (rare := labels.hardly_trained) and set(rare) - set(missing):
        yield f"{_labels(rare)} in fewer than two training rows, too few to learn {_them(rare)} from: give more."
    if not report.multilabel and _LOPSIDED <= labels.majority.share < 1:
        yield (
            f"{_percent(labels.majority.share)} of rows have the label “{shortened(labels.majority.label)}”: a model "
            "that always says so looks good, so judge by the rare labels."
        )


def _of_contents(report: DataReport) -> Iterator[str]:
    rows = sum(report.rows.values())
    if pairs := report.conflicts.pairs:
        yield (
            f"{counted(pairs, 'pair')} of one picture and one text {'has' if pairs == 1 else 'have'} different labels "
            "in different rows: correct them, for no model can get both right."
        )
    if (repeated := report.duplicates.repeated_rows) > _MANY_REPEATED * rows:
        yield f"{repeated:,} of {rows:,} rows repeat another in picture, text and label: drop the repeats."


def _of_texts(report: DataReport) -> Iterator[str]:
    rows, wording = sum(report.rows.values()), report.wording
    if wording.naming.whole > _MANY_NAMED * rows:
        yield (
            f"In {wording.naming.whole:,} of {rows:,} rows the text names the label: a model can read it off without "
            "the picture, so take these words out unless they will be there in use."
        )
    elif (named := wording.naming.whole + wording.naming.part) > _MANY_NAMED * rows:
        yield (
            f"In {named:,} of {rows:,} rows the text names the label or a part of it: a model can read that off "
            "without the picture, so take these words out unless they will be there in use."
        )
    if wording.truncated and wording.truncated > _MANY_CUT * report.texts:
        yield (
            f"{wording.truncated:,} of {report.texts:,} texts are longer than the model reads: it will not see their "
            "ends, so shorten them or choose a model that reads more."
        )


def counted(count: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def shortened(text: str, most: int = _LONG) -> str:
    """A label or a reason for a sentence: on one line, of printable characters, cut where it is long."""
    plain = "".join(c if c.isprintable() else "�" for c in " ".join(text[: 2 * most].split()))
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _labels(names: tuple[str, ...]) -> str:
    """`The label “a” is`, `3 labels (“a”, “b” and “c”) are`."""
    if len(names) == 1:
        return f"The label “{shortened(names[0])}” is"
    quoted = [f"“{shortened(name)}”" for name in names[:_NAMED]]
    some = _listed(quoted) if len(names) <= _NAMED else f"{', '.join(quoted)}, …"
    return f"{len(names):,} labels ({some}) are"


def _them(names: tuple[str, ...]) -> str:
    return "it" if len(names) == 1 else "them"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share < 0.99 else "Over 99 %"
