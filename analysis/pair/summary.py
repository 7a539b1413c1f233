"""A comparison as people meet it: sentences and figures at once."""

from dataclasses import dataclass

import plotly.graph_objects as go

from analysis.pair.figures import labels_that_matter, saliency_figure, shapley_figure, views_figure
from analysis.pair.sentences import Label, Line, describe
from analysis.words import EVIDENCE
from msd_core.comparison import Comparison, by_modality
from msd_core.tasks import Task
from msd_core.views import BOTH, MODALITIES


@dataclass(frozen=True)
class Summary:
    """lines: one a model, the teacher's first. note: which labels the figure of the views has. label: the one that the
    Shapley figure splits, one of `labels`."""

    lines: list[Line]
    warnings: tuple[str, ...]
    note: str
    views: go.Figure
    saliency: go.Figure
    shapley: go.Figure
    label: str
    labels: tuple[str, ...]


def summarize(comparison: Comparison, truth: Label | None = None, label: str | None = None) -> Summary:
    """The summary of a comparison.

    truth: the true label where it is known. label: the one to split, by default the teacher's likeliest.
    """
    task, answers = comparison.task, comparison.answers
    tables = {name: answer.probs.tolist() for name, answer in answers.items()}
    averaged = {name: answer.marginal.tolist() for name, answer in answers.items() if answer.marginal is not None}
    label = label if label in task.labels else _likeliest(task, next(iter(tables.values())))
    index = task.labels.index(label)
    there = comparison.modalities
    parts = (*MODALITIES, "interaction") if len(there) == len(MODALITIES) else there
    necessity = {name: by_modality(answer.necessity) for name, answer in answers.items()}
    split = {
        name: dict(zip((*MODALITIES, "interaction"), answer.shapley[index].tolist(), strict=True))
        for name, answer in answers.items()
    }
    labels = labels_that_matter(tables, task.multilabel, truth)
    return Summary(
        describe(task.labels, tables, task.multilabel, truth, there),
        comparison.warnings,
        _note(task, len(labels), truth is not None, bool(averaged)),
        views_figure(task.labels, tables, task.multilabel, truth, averaged),
        saliency_figure(_only(there, necessity)),
        shapley_figure(_only(parts, split)),
        label,
        task.labels,
    )


def _only(parts: tuple[str, ...], values: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {part: by_part[part] for part in parts} for name, by_part in values.items()}


def truth_rows(task: Task, label: Label, evidence: str | tuple[str, ...] | None) -> list[tuple[str, str]]:
    """What is known of an example, as `(name, value)`: its true label, and what decides it."""
    if isinstance(label, int):
        return [("True label", task.labels[label])] + ([("Decided by", EVIDENCE[str(evidence)])] if evidence else [])
    names = [n for n, has in zip(task.labels, label, strict=True) if has]
    rows = [("True labels", ", ".join(names) or "none")]
    if evidence and names:
        by_label = [
            f"{n}: {EVIDENCE[e].split(' (')[0]}" for n, e, has in zip(task.labels, evidence, label, strict=True) if has
        ]
        rows.append(("Decided by", "; ".join(by_label)))
    return rows


def _note(task: Task, labels: int, truth: bool, averaged: bool) -> str:
    parts = []
    if averaged:
        parts.append("The thin line ends at the answer averaged over 64 others in place of what is hidden.")
    if not task.multilabel and labels < len(task.labels):
        parts.append(
            f"Shown: the {labels} of {len(task.labels)} labels that are true or some model’s top answer in a view."
        )
    return " ".join(parts + ["✓ marks what is true."] * truth)


def _likeliest(task: Task, table: list[list[float]]) -> str:
    return task.labels[max(range(len(table[BOTH])), key=table[BOTH].__getitem__)]
