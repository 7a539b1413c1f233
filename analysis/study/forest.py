"""Differences with intervals: of every arm of a study, and those named beforehand over all tasks or sizes.

The vertical axis counts pixels. A row has its words above its interval, so that both fit a phone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from analysis.study.arms import KD, NAMED, NAMED_FIRST, grouped, in_words
from analysis.study.tables import differences, p_value, points, size_of, span
from analysis.style import INK, MODELS, Look, finish
from msd_core.study.published import Study

_NAMED = Look(MODELS["msd"].colour, "", "diamond", "solid")
_EXPLORED = Look(INK, "", "circle-open", "solid")
_LINE, _MARK, _GAP = 16, 12, 14  # pixels: a line of words; from there to the interval; from there to the next row
_PHONE = 275  # pixels that a phone has for words
_LETTER, _BOLD = 7.4, 8.4  # pixels that a letter takes, in the widest of the usual fonts
_KEY, _AXIS = 88, 44  # pixels above and below the rows: the key takes four lines on a phone
_ENDS = ("low", "high", "bca_low", "bca_high")
_BEYOND = 3  # times the farthest end among the weightings; what lies beyond is named at the edge


@dataclass(frozen=True)
class Row:
    """A difference (of a study's contrasts) and the lines of words above it."""

    words: list[str]
    contrast: pd.Series
    named: bool


def forest(study: Study, against: str) -> go.Figure:
    """What every arm scores more than one arm, in percentage points, by group: marks and two 95 % intervals."""
    contrasts = differences(study, against)
    rows: list[Row | str] = []
    for title, arms in grouped(contrasts, against):
        rows.append(f"<b>{title}</b>" if title == NAMED_FIRST else f"<b>{title}</b> <i>(exploratory)</i>")
        rows += [Row(_lines(arm), contrasts[arm], bool(contrasts[arm]["named"])) for arm in arms]
    near = [row for arm, row in contrasts.items() if "+" in arm] or list(contrasts.values())
    figure = _draw(rows or ["No arm is compared with this one."], _limits(near, contrasts.values()), key=bool(rows))
    figure.update_xaxes(title_text=f"Difference in {study.metric} (percentage points)")
    figure.update_yaxes(title_text="Arm")
    return figure


def overview(named: pd.DataFrame, titles: dict[str, str], task: str) -> go.Figure:
    """The difference named beforehand on every task that has a study; the chosen task is marked."""
    rows = []
    for _, row in named.iterrows():
        title = escape(titles.get(row["task"], row["task"]))
        title = f"<b>▸ {title}</b>" if row["task"] == task else title
        rows.append(Row([title, f"{points(row['mean'])}, Holm {p_value(row['holm'])}"], row, True))
    every = [row.contrast for row in rows]
    figure = _draw(rows, _limits(every, every), key=False)
    figure.update_xaxes(title_text=f"{NAMED} minus {KD} (percentage points)")
    figure.update_yaxes(title_text="Task")
    return figure


def by_size(named: pd.DataFrame, metric: str) -> go.Figure:
    """The differences that recombined pairs make, named beforehand, from the fewest examples to the most; task by task
    where there are several. metric: what these are scored by, in words."""
    rows: list[Row | str] = []
    several = named["task"].nunique() > 1
    for (size, task), part in named.groupby(["train_size", "task"]):
        title = f"{size_of(size).capitalize()} examples"
        rows.append(f"<b>{title}, {escape(task)}</b>" if several else f"<b>{title}</b>")
        for _, row in part.iterrows():
            title = f"<b>{escape(row['arm'])}</b> minus {escape(row['against'])}"
            rows.append(Row([title, f"{points(row['mean'])}, Holm {p_value(row['holm'])}"], row, True))
    every = [row for _, row in named.iterrows()]
    figure = _draw(rows, _limits(every, every), key=False)
    figure.update_xaxes(title_text=f"Difference in {metric} (percentage points)")
    figure.update_yaxes(title_text="Examples and arms")
    return figure


def _lines(arm: str) -> list[str]:
    """An arm and what it does: in one line where a phone has room for it."""
    name, words = f"<b>{escape(arm)}</b>", in_words(arm)
    if _BOLD * len(arm) + _LETTER * (len(words) + 2) <= _PHONE:
        return [f"{name}  {escape(words)}"]
    return [name, *map(escape, wrap(words, int(_PHONE / _LETTER)))]


def _draw(rows: Sequence[Row | str], limits: tuple[float, float], key: bool) -> go.Figure:
    """Rows, and titles of groups, downwards."""
    figure, down, placed, words = go.Figure(), 4, [], []
    for row in rows:
        if isinstance(row, str):
            words.append(_words(down + 4, row, 13))
            down += _LINE + 9
            continue
        words.append(_words(down, "<br>".join(row.words), 12))
        down += _LINE * len(row.words) + _MARK
        placed.append((down, row))
        if not limits[0] <= 100 * row.contrast["mean"] <= limits[1]:
            words.append(_at_the_edge(down, row.contrast, limits))
        down += _GAP
    for named, look, title in ((True, _NAMED, "Named beforehand"), (False, _EXPLORED, "Exploratory")):
        mine = [each for each in placed if each[1].named == named]
        if mine:
            figure.add_traces(_traces(mine, look, title, key))
    figure.add_vline(x=0, line={"color": INK, "width": 1.5}, layer="below")
    figure.update_xaxes(range=limits, nticks=7)
    figure.update_yaxes(range=[down, 0], showticklabels=False, showgrid=False)
    top = _KEY if key else 4
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"}
    return finish(figure, down + top + _AXIS, legend=legend, showlegend=key, annotations=words, hovermode="closest",
                  margin={"l": 4, "r": 8, "t": top, "b": _AXIS})  # fmt: skip


def _limits(near: Iterable[pd.Series], every: Iterable[pd.Series]) -> tuple[float, float]:
    """Ends of the axis: room for all intervals, unless one lies so far away that the others would be dots."""
    reach = _BEYOND * max([abs(100 * row[end]) for row in near for end in _ENDS], default=0.0)
    ends = [100 * row[end] for row in every for end in _ENDS]
    low, high = max(-reach, min([0.0, *ends])), min(reach, max([0.0, *ends]))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _traces(placed: list[tuple[int, Row]], look: Look, title: str, key: bool) -> list[go.Scatter]:
    """The interval over seeds, thick; the one over seeds and test pictures, thin with ends; and the marks."""
    y, explored = [place for place, _ in placed], look is _EXPLORED
    bar = {"color": look.colour, "width": 7}
    thick = {"mode": "lines", "name": "95 % over seeds (t)", "line": bar, "opacity": 0.5}
    ends = {"symbol": "line-ns", "size": 13, "line": {"width": 1.5, "color": look.colour}}
    thin = {"mode": "lines+markers", "name": "95 % over pictures too (BCa)", "marker": ends,
            "line": {"color": look.colour, "width": 1.5}}  # fmt: skip
    intervals = (thick | _intervals(placed, "low", "high"), thin | _intervals(placed, "bca_low", "bca_high"))
    marker = {"symbol": look.symbol, "size": 10 if explored else 13, "color": look.colour,
              "line": {"width": 2, "color": look.colour}}  # fmt: skip
    return [
        *(go.Scatter(**each, hoverinfo="skip", showlegend=key and explored) for each in intervals),
        go.Scatter(
            x=[100 * row.contrast["mean"] for _, row in placed], y=y, mode="markers", name=title, marker=marker,
            hovertext=[_hover(row) for _, row in placed], hovertemplate="%{hovertext}<extra></extra>",
        ),
    ]  # fmt: skip


def _intervals(placed: list[tuple[int, Row]], low: str, high: str) -> dict:
    """Intervals as the coordinates of one broken line."""
    x = [end for _, row in placed for end in (100 * row.contrast[low], 100 * row.contrast[high], None)]
    return {"x": x, "y": [each for place, _ in placed for each in (place, place, None)]}


def _hover(row: Row) -> str:
    contrast = row.contrast
    return "<br>".join([
        *row.words, f"{points(contrast['mean'])} points, {contrast['seeds']} pairs of runs",
        f"over seeds {span(contrast)}, {p_value(contrast['p'])}",
        *([] if pd.isna(contrast["bca_low"]) else [f"over test pictures too {span(contrast, 'bca_low', 'bca_high')}"]),
    ])  # fmt: skip


def _words(down: int, text: str, size: int) -> dict:
    """Words at the left edge, their top at so many pixels."""
    return {"x": 0, "xref": "paper", "xanchor": "left", "y": down, "yanchor": "top", "text": text, "align": "left",
            "showarrow": False, "font": {"size": size}, "borderpad": 0}  # fmt: skip


def _at_the_edge(down: int, contrast: pd.Series, limits: tuple[float, float]) -> dict:
    """A difference beyond the axis, as a number with an arrow."""
    left, words = 100 * contrast["mean"] < limits[0], f"{points(contrast['mean'])} ({span(contrast)})"
    return {"x": 0 if left else 1, "xref": "paper", "xanchor": "left" if left else "right", "y": down,
            "yanchor": "middle", "text": f"◂ {words}" if left else f"{words} ▸", "showarrow": False,
            "font": {"size": 12}, "borderpad": 0}  # fmt: skip
