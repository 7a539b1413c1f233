"""What a teacher of people's own pairs is worth, in tiles, a table and a sentence."""

from typing import Any

from analysis.words import METRICS, VIEW_TITLES
from msd_core.views import VIEWS

_BY_VIEW = {
    "both": "both",
    "image": "image_only",
    "text": "text_only",
    "neither": "majority",
}  # simple models of the data


def teacher_tiles(
    result: dict[str, Any], report: dict[str, Any]
) -> tuple[list[tuple[str, str]], str, list[str], list[list[str]]]:
    """A teacher in numbers: tiles `(name, value)`, then a table's caption, header and rows, one a view.

    result: of its run. report: on the data that it was trained on, both plain data. Where rows are few, every one was
    tested by a model that did not see it, and what the few test rows gave stands beside that.
    """
    cost = (result.get("cost") or {}).get("student")
    tiles = [("parameters", f"{result['parameters']['student']:,}")]
    if cost:
        tiles += [
            ("million MACs a pair", f"{cost['macs'] / 1e6:,.1f}"),
            ("ms a pair here", f"{cost['milliseconds']:.1f}"),
        ]
    tiles.append(("seconds of training", f"{result['seconds']:,.0f}"))
    name = METRICS.get(result["metric"], result["metric"]).split(" (")[0].lower()
    teacher, linear = compared(result, report)
    header, columns = ["View", f"Teacher: {name}", "Linear model"], [teacher, linear]
    caption = "On the test split, by what the models may see"
    if whole := result.get("cross_validated"):
        header.append("Teacher, on the test rows alone")
        columns.append(result["student"])
        caption = f"By what the models may see: each of {whole['rows']:,} rows tested by a model that did not see it"
    rows = [[VIEW_TITLES[view], *(_number(column.get(view)) for column in columns)] for view in VIEWS]
    return tiles, caption, header, rows


def compared(result: dict[str, Any], report: dict[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """The metric by view of a teacher, and of linear models on the same features, both measured alike: each row in turn
    where rows are few, else on the test split."""
    if whole := result.get("cross_validated"):
        scores = (report.get("baselines") or {}).get("scores") or {}
        return whole["student"], {view: scores[name]["value"] for view, name in _BY_VIEW.items() if name in scores}
    return result["student"], result.get("linear") or {}


def verdict(result: dict[str, Any], report: dict[str, Any]) -> str:
    """Whether the teacher is worth its training, in one sentence."""
    teacher, linear = compared(result, report)
    score, other = teacher["both"], linear.get("both")
    if other is None:
        return f"The teacher scores {score:.3f} with image and text."
    if other > score:
        return (
            f"A linear model on the same features does better than the teacher, {other:.3f} against {score:.3f} with "
            "image and text: give more rows, or do not rely on this teacher."
        )
    better = "as well as" if other == score else "better than"
    return f"The teacher does {better} a linear model on its features: {score:.3f} against {other:.3f} with both."


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
