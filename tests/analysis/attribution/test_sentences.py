"""What people read of maps: numbers with signs, and sentences that claim no more than the numbers."""

from dataclasses import replace

import pytest
import torch

from analysis.attribution.faithfulness import STEPS, Curves, Faithfulness
from analysis.attribution.sentences import (
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

FALL = [1 - step / STEPS for step in range(STEPS + 1)]
RISE = FALL[::-1]
GOOD = Faithfulness(Curves([1.0] + [0.0] * STEPS, [0.0] + [1.0] * STEPS), Curves(FALL, RISE), 1.0, 0.01, None)
BAD = replace(GOOD, map=Curves(FALL, RISE), beaten=0.58)
POINTS, NATS = Numbers("probability", 0.5), Numbers("logit", 5.0)


@pytest.mark.parametrize(
    ("numbers", "value", "words"),
    [(POINTS, 0.123, "+12.3"), (POINTS, -0.123, "−12.3"), (POINTS, 1e-6, "0.0"), (POINTS, -1e-6, "0.0"),
     (NATS, 1.234, "+1.23"), (Numbers("probability", 0.004), 0.00123, "+0.123")],
)  # fmt: skip
def test_numbers_have_a_sign_and_three_figures(numbers, value, words):
    assert numbers.signed(value) == words


@pytest.mark.parametrize(
    ("delta", "words"),
    [(0.0012, "add up to this change within 0.2 points"), (-0.04, "off by 4.0 points (more than 5 %). Use more steps."),
     (None, "does not promise")],
)  # fmt: skip
def test_whether_values_add_up_is_in_words(vqa_pair, delta, words):
    assert words in total(replace(vqa_pair.maps["teacher"], delta=delta, value=0.6, start=0.1), POINTS)


@pytest.mark.parametrize(("method", "unit"), [("shapley", "samples"), ("feature-ablation", "passes")])
def test_what_to_raise_is_what_the_method_takes(vqa_pair, method, unit):
    off = replace(vqa_pair.maps["teacher"], method=method, delta=0.4, value=0.6, start=0.1)
    assert total(off, POINTS).endswith(f"Use more {unit}.")


def test_a_map_that_does_not_beat_chance_is_called_so():
    doubt, sure = trust({"kd": BAD, "teacher": GOOD})
    assert doubt == (
        "The KD student’s map does no better here than random orders (it beats 58 % of 40 random orders; 95 % are "
        "needed): do not read much into it."
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


def test_sentences_name_where_maps_lie(vqa_pair, attribute_gallery):
    share = vqa_pair.maps["teacher"].share
    assert headline(vqa_pair).startswith(f"The teacher’s map of “{vqa_pair.label}” lies almost wholly on the image")
    assert share["image"] > 0.9
    assert "row" in strongest(vqa_pair) and "word “" in strongest(vqa_pair)
    arabic = replace(vqa_pair.maps["teacher"], words=("ما", "هو!"), word_values=torch.tensor([0.0, 1.0]))
    sentence = strongest(replace(vqa_pair, maps={"teacher": arabic}))
    assert "word “\u2068هو!\u2069” (+100" in sentence, "the number does not run with the word"
    alone = attribute_gallery(view="text", n_steps=4)
    assert headline(alone).startswith("From the text alone, the teacher gives “triangle”")
    assert "patch" not in strongest(alone)


def test_mass_is_not_taken_for_need(vqa_pair):
    image, text = vqa_pair.comparison.answers["teacher"].necessity.tolist()
    assert text > image
    assert reading(vqa_pair, "teacher").endswith("yet hiding the text moves its answer further.")


def test_maps_are_held_against_the_teachers(vqa_pair, attribute_gallery):
    assert alike(vqa_pair)[0].startswith("The KD student’s map and the teacher’s: on the image ")
    _, header, rows = alike_table(vqa_pair)
    assert header == ["Measure", "KD"] and len(rows) == 4
    assert all("(" in row[1] for row in rows[1::2])  # overlaps beside chance
    without_words = attribute_gallery(view="image", n_steps=4)
    assert len(alike_table(without_words)[2]) == 2


def test_pointing_stands_where_it_is_known(vqa_pair, attribute_gallery):
    rows = pointing_table(vqa_pair)[2]
    assert [len(row) for row in rows] == [3, 3, 3]
    assert pointing_table(replace(vqa_pair, region=None)) is None
    assert pointing_table(attribute_gallery(view="text", n_steps=4)) is None
