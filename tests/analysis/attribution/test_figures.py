"""The curves of faithfulness: titled axes with units, and no two models that only colour tells apart."""

from analysis.attribution.figures import curves_figure
from tests.analysis.attribution.test_sentences import BAD, GOOD


def test_curves_have_titles_units_and_marks():
    figure = curves_figure({"teacher": GOOD, "kd": BAD}, "red", "probability")
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes()) if axis.title.text]
    assert titles == ["Taken away (%)", "Put in (%)", "“red” (%)", "“red” (%)"]
    keys = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in keys] == ["Random orders", "Teacher", "KD"]
    marks = [(trace.line.dash, trace.marker.symbol) for trace in keys]
    assert len(set(marks)) == len(marks)
    assert figure.data[1].y[0] == 100 and figure.data[1].y[1] == 0
    nats = curves_figure({"teacher": GOOD}, "red", "logit")
    assert max(nats.data[1].y) == 1
