"""What people are shown of maps: numbers with signs, honest sentences, readable figures."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.attribution.explain import Settings, explain
from analysis.attribution.faithfulness import STEPS, Curves, Faithfulness
from analysis.attribution.figures import curves_figure
from analysis.attribution.scene import outline, scene, tint
from analysis.attribution.story import (
    Numbers,
    alike,
    alike_table,
    headline,
    pointing_table,
    reading,
    strongest,
    total,
    trust,
    trust_table,
)
from analysis.examples import gallery
from msd_core.models.bundled import load_bundled

FALL = [1 - step / STEPS for step in range(STEPS + 1)]
RISE = FALL[::-1]
GOOD = Faithfulness(Curves([1.0] + [0.0] * STEPS, [0.0] + [1.0] * STEPS), Curves(FALL, RISE), 1.0, 0.01, None)
BAD = replace(GOOD, map=Curves(FALL, RISE), beaten=0.58)
POINTS, NATS = Numbers("probability", 0.5), Numbers("logit", 5.0)


@pytest.fixture(scope="module")
def asked():
    shown = gallery("easy-vqa")[0]
    models = {name: load_bundled("easy-vqa", name) for name in ("teacher", "kd")}

    def ask(**settings):
        return explain("easy-vqa", shown.picture, shown.example.text, models, Settings(**settings), shown.example)

    return ask


@pytest.fixture(scope="module")
def found(asked):
    return asked(effort=32)


@pytest.mark.parametrize(
    ("numbers", "value", "said"),
    [(POINTS, 0.123, "+12.3"), (POINTS, -0.123, "−12.3"), (POINTS, 1e-6, "0.0"), (POINTS, -1e-6, "0.0"),
     (NATS, 1.234, "+1.23"), (Numbers("probability", 0.004), 0.00123, "+0.123")],
)  # fmt: skip
def test_numbers_have_a_sign_and_three_figures(numbers, value, said):
    assert numbers.signed(value) == said


@pytest.mark.parametrize(
    ("delta", "said"),
    [(0.0012, "add up to it within 0.2 points"), (-0.04, "miss it by 4.0 points, over 5 % of it: raise the steps"),
     (None, "does not promise")],
)  # fmt: skip
def test_it_is_said_whether_values_add_up(found, delta, said):
    assert said in total(replace(found.maps["teacher"], delta=delta, value=0.6, start=0.1), POINTS)


def test_a_map_that_does_not_beat_chance_is_said_so():
    doubt, sure = trust({"kd": BAD, "teacher": GOOD})
    assert doubt == (
        "The KD student’s map does no better here than random orders (it beats 58 % of 40; 95 % would convince): do "
        "not read much into it."
    )
    assert sure.startswith("The teacher’s map beats at least 95 %")
    assert trust({"teacher": GOOD, "kd": GOOD})[0].startswith("Every map beats")


def test_measures_stand_beside_chance():
    caption, header, rows = trust_table({"teacher": GOOD, "kd": BAD}, POINTS)
    assert header == ["Measure", "Teacher", "KD"] and "brackets" in caption
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["Area of deletion (%) ↓"] == ["2.5 (50.0)", "50.0 (50.0)"]
    assert by_name["Random orders beaten ↑"] == ["100 %", "58 %"]
    assert not any(name.startswith("Sensitivity") for name in by_name)
    measured = trust_table({"teacher": replace(GOOD, sensitivity=0.25)}, POINTS)[2]
    assert measured[-1] == ["Sensitivity (no unit) ↓", "0.25"]


def test_sentences_say_where_maps_lie(found, asked):
    share = found.maps["teacher"].share
    assert headline(found).startswith(f"The teacher’s map of “{found.label}” lies almost wholly on the image")
    assert share["image"] > 0.9
    assert "row" in strongest(found) and "word “" in strongest(found)
    assert headline(asked(view="text", effort=4)).startswith("Of the text alone, the teacher gives “triangle”")
    assert "patch" not in strongest(asked(view="text", effort=4))


def test_mass_is_not_taken_for_need(found):
    image, text = found.comparison.answers["teacher"].necessity.tolist()
    assert text > image
    assert reading(found, "teacher").endswith("yet hiding the text moves its answer further.")


def test_maps_are_held_against_the_teachers(found, asked):
    assert alike(found)[0].startswith("The KD student’s map and the teacher’s: on the image ")
    _, header, rows = alike_table(found)
    assert header == ["Measure", "KD"] and len(rows) == 4
    assert all("(" in row[1] for row in rows[1::2])  # overlaps beside chance
    assert len(alike_table(asked(view="image", effort=4))[2]) == 2  # of hidden words there is nothing to say


def test_pointing_is_shown_where_known(found):
    rows = pointing_table(found)[2]
    assert [len(row) for row in rows] == [3, 3, 3]
    assert pointing_table(replace(found, region=None)) is None


def test_a_scene_has_one_scale(found):
    drawn = scene(found)
    strengths = [abs(c.strength) for p in drawn.panels for c in (*itertools.chain(*p.patches), *p.words)]
    assert max(strengths) == pytest.approx(1)
    assert drawn.unit == "percentage points" and float(drawn.end) == pytest.approx(100 * found.scale, abs=0.1)
    assert [panel.name for panel in drawn.panels] == ["Teacher", "KD"]
    assert drawn.panels[0].measures[0].name == "Mass of the map"


def test_a_map_of_zeros_can_be_drawn(found):
    zero = {
        name: replace(m, pixels=m.pixels * 0, patches=m.patches * 0, word_values=m.word_values * 0)
        for name, m in found.maps.items()
    }
    drawn = scene(replace(found, maps=zero))
    assert drawn.end == "0.0"
    assert drawn.panels[0].patches[0][0].said == "0.0"
    assert "0 everywhere" in drawn.panels[0].reading


def test_colour_says_the_sign_and_opacity_the_strength():
    drawn = np.asarray(tint(torch.tensor([[1.0, -0.5, 0.0]])))
    red, violet, none = drawn[0].tolist()
    assert red[0] > red[2] and violet[2] > violet[0]
    assert [red[3], violet[3], none[3]] == [255, 128, 0]


def test_an_outline_runs_around_a_region():
    region = np.zeros((4, 4), dtype=bool)
    region[1, 2] = True
    assert sorted(outline(region).split("M")[1:]) == sorted(["2 1h1", "2 2h1", "2 1v1", "3 1v1"])


def test_curves_have_titles_units_and_marks():
    figure = curves_figure({"teacher": GOOD, "kd": BAD}, "red", "probability")
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes()) if axis.title.text]
    assert titles == ["Taken away (%)", "Put in (%)", "“red” (%)", "“red” (%)"]
    shown = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in shown] == ["Random orders", "Teacher", "KD"]
    marks = [(trace.line.dash, trace.marker.symbol) for trace in shown]
    assert len(set(marks)) == len(marks)
    assert figure.data[1].y[0] == 100 and figure.data[1].y[1] == 0
    nats = curves_figure({"teacher": GOOD}, "red", "logit")
    assert max(nats.data[1].y) == 1
