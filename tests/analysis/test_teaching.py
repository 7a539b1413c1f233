"""A teacher of people's own pairs in words: whether it is worth its training, measured alike."""

from analysis.teaching import teacher_tiles, verdict
from msd_core.views import VIEWS

RESULT = {
    "metric": "accuracy", "seconds": 12.4, "parameters": {"student": 26_000_000}, "cross_validated": None,
    "student": dict.fromkeys(VIEWS, 0.8), "linear": {"both": 0.7, "image": 0.5, "text": 0.6},
    "cost": {"student": {"macs": 4.6e8, "milliseconds": 12.3}},
}  # fmt: skip
FEW = {"folds": 5, "rows": 40, "student": dict.fromkeys(VIEWS, 0.6)}
REPORT = {"baselines": {"scores": {"both": {"value": 0.65}, "text_only": {"value": 0.5}, "majority": {"value": 0.3}}}}


def test_of_many_rows_the_test_split_tells():
    assert "better than a linear model on its features: 0.800 against 0.700" in verdict(RESULT, REPORT)
    tiles, caption, header, rows = teacher_tiles(RESULT, REPORT)
    assert ("parameters", "26,000,000") in tiles and ("million MACs a pair", "460.0") in tiles
    assert header == ["View", "Teacher: accuracy", "Linear model"] and "test split" in caption
    assert rows[0] == ["Both", "0.800", "0.700"] and rows[3] == ["Neither", "0.800", "–"]


def test_of_few_rows_each_in_turn():
    few = {**RESULT, "cross_validated": FEW}
    assert verdict(few, REPORT).startswith("A linear model on the same features does better than the teacher, 0.650")
    _, caption, header, rows = teacher_tiles(few, REPORT)
    assert "each of 40 rows" in caption and header[-1] == "Teacher, on the test rows alone"
    assert rows[0] == ["Both", "0.600", "0.650", "0.800"] and rows[3] == ["Neither", "0.600", "0.300", "0.800"]


def test_what_was_not_measured_is_not_compared():
    alone = {**RESULT, "linear": None, "cost": None}
    assert verdict(alone, {}) == "The teacher scores 0.800 with image and text."
    assert verdict({**RESULT, "cross_validated": FEW}, {"baselines": None}).startswith("The teacher scores 0.600")
    assert teacher_tiles(alone, {})[3][0] == ["Both", "0.800", "–"]
    assert "as well as" in verdict({**RESULT, "linear": {"both": 0.8}}, {})
