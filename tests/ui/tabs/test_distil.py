"""The Distil tab without a browser."""

from msd_core.methods import METHODS
from msd_core.weighting import WEIGHTINGS
from ui.tabs import distil


def test_every_method_and_weighting_has_words():
    assert set(distil._METHODS) == set(METHODS) and set(distil._WEIGHTINGS) == set(WEIGHTINGS)
