"""Nothing is cut and nothing is wider than the page, whatever font the words come in."""

from pathlib import Path

import matplotlib
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import press_tab

WIDE = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"  # the widest of the usual fallbacks
CUT = """() => [...document.querySelectorAll('.js-plotly-plot text')].filter((each) => {
  const word = each.getBoundingClientRect(), figure = each.closest('.js-plotly-plot').getBoundingClientRect();
  return word.width && figure.width && (word.left < figure.left - 1 || word.right > figure.right + 1
    || word.top < figure.top - 1 || word.bottom > figure.bottom + 1);
}).map((each) => each.closest('[id]:not([id^=legend])').id + ': ' + each.textContent)"""
READY = {
    "Compare": "#shapley .main-svg",
    "Attribute": "#attribute-trust .main-svg",
    "Explore": "#x-gap-label .main-svg",
    "Study": "#st-alone .main-svg",
    "Distil": "#d-start",
    "Your data": "#o-example",
    "Languages": "#l-leaning .main-svg",
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("font", [None, WIDE], ids=["web font", "DejaVu Sans"])
def test_no_word_is_cut(visit, font, width):
    page, faults = visit(width, font=font), {}
    for tab, figure in READY.items():
        press_tab(page, tab)
        expect(page.locator(figure).first).to_be_visible(timeout=120_000)
        page.wait_for_timeout(500)  # a figure may still be laid out anew
        faults[tab] = page.evaluate(CUT)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    assert not any(faults.values()), faults
