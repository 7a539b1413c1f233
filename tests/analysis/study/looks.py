"""What tells the traces of a study's figures apart beside colour."""

import plotly.graph_objects as go


def looks(figure: go.Figure) -> list[tuple]:
    """What the traces in the legend look like without colour."""
    keys = [trace for trace in figure.data if trace.showlegend is not False]
    return [(trace.mode, trace.line.dash, trace.marker.symbol, trace.line.width) for trace in keys]
