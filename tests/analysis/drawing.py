"""What tests ask of every figure: titles of axes, and what tells traces apart beside colour."""

import itertools

import plotly.graph_objects as go


def axis_titles(figure: go.Figure) -> dict[str, str | None]:
    """The title of each axis by name, None where it has none."""
    layout = figure.to_dict()["layout"]
    return {key: layout[key].get("title", {}).get("text") for key in layout if key[1:].startswith("axis")}


def looks(figure: go.Figure) -> list:
    """What the traces in the legend look like without colour."""
    return [
        trace.marker.pattern.shape if trace.type == "bar" else (trace.line.dash, trace.marker.symbol)
        for trace in figure.data
        if trace.showlegend is not False
    ]


def all_differ(things: list) -> bool:
    """Whether there are several, and no two are alike."""
    return len(things) > 1 and all(one != other for one, other in itertools.combinations(things, 2))


def check_paper(figure: go.Figure) -> None:
    """Nothing lies behind a figure, and a label in it is no markup."""
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert "<b>no</b>" not in str(figure.to_dict())
