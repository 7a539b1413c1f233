"""Where arms gain: their differences by what decides the label."""

from html import escape

import plotly.graph_objects as go

from analysis.study.arms import BAR, KD, NAMED, look_of
from analysis.study.tables import by_evidence, points, span
from analysis.style import INK, below, finish
from msd_core.study.arms import WEIGHTED, ordered
from msd_core.study.published import Study

_ARMS = (BAR, NAMED, *WEIGHTED)
_ROW, _AROUND = 17, 166  # pixels: an arm; the axis and the legend


def evidence_figure(study: Study) -> go.Figure:
    """What each weighted arm's share of right answers is above that of `kd`, with Student's 95 % interval, by what
    decides the label. The study must know of more than one kind."""
    table = by_evidence(study, KD)
    arms = [arm for arm in ordered(table["arm"]) if arm in _ARMS]
    kinds = list(dict.fromkeys(table["evidence"]))
    figure = go.Figure()
    for i, arm in enumerate(arms):
        mine, look = table[table["arm"] == arm].set_index("evidence").loc[kinds], look_of(arm)
        shift = (i - (len(arms) - 1) / 2) / (len(arms) + 1)
        figure.add_trace(
            go.Scatter(
                x=100 * mine["mean"], y=[place + shift for place in range(len(kinds))], name=escape(arm),
                mode="markers", marker={"symbol": look.symbol, "size": 9, "color": look.colour},
                error_x={"type": "data", "symmetric": False, "array": 100 * (mine["high"] - mine["mean"]),
                         "arrayminus": 100 * (mine["mean"] - mine["low"]), "thickness": 1.5, "width": 3},
                hovertext=[_hover(row) for row in mine.reset_index().to_dict("records")],
                hovertemplate=f"{escape(arm)}, %{{hovertext}}<extra></extra>",
            )
        )  # fmt: skip
    shares = table.groupby("evidence")["share"].first()
    figure.add_vline(x=0, line={"color": INK, "width": 1.5}, layer="below")
    figure.update_xaxes(title_text=f"Right answers, minus {KD}<br>(percentage points)")
    figure.update_yaxes(
        tickvals=list(range(len(kinds))), ticktext=[f"{kind}<br>{shares[kind]:.0%}" for kind in kinds],
        title_text="Decided by", range=[len(kinds) - 0.5, -0.5], showgrid=False,
    )  # fmt: skip
    height = _ROW * (len(arms) + 1) * len(kinds) + _AROUND
    legend, margin = below(height, title_lines=2), {"l": 8, "r": 14, "t": 12, "b": 8}
    return finish(figure, height, legend=legend, showlegend=True, margin=margin)


def _hover(row: dict) -> str:
    return f"decided by {row['evidence']}: {points(row['mean'])} points ({span(row)}), {row['seeds']} pairs of runs"
