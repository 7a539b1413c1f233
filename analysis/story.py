"""A comparison as people meet it: sentences and figures at once."""

from dataclasses import asdict, dataclass

import plotly.graph_objects as go

from analysis.figures import labels_that_matter, saliency_figure, shapley_figure, views_figure
from analysis.sentence import describe
from analysis.words import EVIDENCE, percent
from msd_core.compare import Answer, Comparison
from msd_core.tasks import Task
from msd_core.views import MODALITIES, VIEWS


@dataclass(frozen=True)
class Story:
    """`lines` are `analysis.sentence.Line`s as dicts with `chance` in words; `label` is the one that the Shapley figure
    splits, one of `labels`; `note` says which labels the figure of the views shows."""

    lines: list[dict]
    warnings: tuple[str, ...]
    note: str
    views: go.Figure
    saliency: go.Figure
    shapley: go.Figure
    label: str
    labels: tuple[str, ...]


def tell(found: Comparison, truth: int | tuple[int, ...] | None = None, label: str | None = None) -> Story:
    """The story of a comparison. `truth` is the true label where it is known; `label` the one to split (by default the
    teacher's likeliest)."""
    task, tables = found.task, {name: answer.probabilities.tolist() for name, answer in found.answers.items()}
    averaged = {name: answer.marginal.tolist() for name, answer in found.answers.items()}
    lines = [asdict(line) for line in describe(task.labels, tables, task.multilabel, truth)]
    for line in lines:
        line["chance"] = percent(line["chance"]) if line["chance"] is not None else ""
    label = label if label in task.labels else _likeliest(task, next(iter(tables.values())))
    index = task.labels.index(label)
    return Story(
        lines,
        found.warnings,
        _note(task, len(labels_that_matter(tables, task.multilabel, truth)), truth is not None),
        views_figure(task.labels, tables, task.multilabel, truth, averaged),
        saliency_figure({name: _by_modality(answer.necessity) for name, answer in found.answers.items()}),
        shapley_figure({name: _split(answer, index) for name, answer in found.answers.items()}, label),
        label,
        task.labels,
    )


def truth_rows(
    task: Task, label: int | tuple[int, ...], evidence: str | tuple[str, ...] | None
) -> list[tuple[str, str]]:
    """What is known of an example, as `(name, value)`: its true label, and what decides it."""
    if not task.multilabel:
        return [("True label", task.labels[label])] + ([("Decided by", EVIDENCE[evidence])] if evidence else [])
    names = [n for n, has in zip(task.labels, label, strict=True) if has]
    rows = [("True labels", ", ".join(names) or "none")]
    if evidence and names:
        by_label = [
            f"{n}: {EVIDENCE[e].split(' (')[0]}" for n, e, has in zip(task.labels, evidence, label, strict=True) if has
        ]
        rows.append(("Decided by", "; ".join(by_label)))
    return rows


def _note(task: Task, shown: int, known: bool) -> str:
    parts = ["A thin line ends where the answer would be if what is hidden were averaged over 64 others."]
    if not task.multilabel and shown < len(task.labels):
        parts.append(f"The {shown} of {len(task.labels)} labels that are true or some model's first under some view.")
    return " ".join(parts + ["✓ marks what is true."] * known)


def _likeliest(task: Task, table: list[list[float]]) -> str:
    row = table[VIEWS.index("both")]
    return task.labels[max(range(len(row)), key=row.__getitem__)]


def _by_modality(values) -> dict[str, float]:
    return dict(zip(MODALITIES, values.tolist(), strict=True))


def _split(answer: Answer, label: int) -> dict[str, float]:
    return dict(zip((*MODALITIES, "interaction"), answer.shapley[label].tolist(), strict=True))
