"""The common look: no two models that only colour tells apart."""

from analysis.style import model_look
from tests.analysis.drawing import all_differ


def test_models_differ_without_colour():
    names = ["teacher", "ce", "kd", "msd", "recombined", "mine", "yours", "theirs"]
    looks = [model_look(name, names) for name in names]
    assert all_differ([look.pattern for look in looks]) and all_differ([look.symbol for look in looks])
