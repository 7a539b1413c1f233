"""Sentences of a survey have its numbers."""

import numpy as np
import pytest

from analysis.dataset import sentences
from msd_core.evaluate import main_metric
from msd_core.views import VIEWS


def test_sentences_have_the_numbers(survey):
    headline, means = sentences.headline(survey), survey.saliency.mean(0)
    assert f"{means.max():.2f}" in headline and f"{means.min():.2f}" in headline and "40 %" in headline
    assert sentences.count_of(survey, 12, 12) == "12 of 40 examples"
    assert "5 of them drawn" in sentences.count_of(survey, 12, 5)
    gaps = {(n, v): survey.gap[n].mean((0, 2))[i] for n in survey.students for i, v in enumerate(VIEWS)}
    assert f"({max(gaps.values()):.2f} nats)" in sentences.gap(survey)
    full = survey.models["kd"].metrics["both"][main_metric(survey.task)]
    assert f"KD {100 * (full - 0.4):+.1f}".replace("-", "−") in sentences.additivity(survey)
    for view in VIEWS:
        assert "ECE" in sentences.calibration(survey, view, 1)
    assert "sample" in sentences.emap_note(survey)
    trained, held = survey.training.mean(0), survey.saliency.mean(0)
    assert f"image {trained[0]:.2f} and {held[0]:.2f}" in sentences.spread(survey)
    assert sentences.density(survey, 0).startswith("Given both, the teacher gives “red”")
    assert sentences.perceptual(survey).count("20 %") == 2


def test_a_teacher_alone_has_sentences(bare):
    assert sentences.gap(bare) == "There is no student beside this model."
    assert sentences.headline(bare).startswith("Hiding the ") and "the teacher" in sentences.headline(bare)
    assert sentences.additivity(bare).startswith("Score that depends on image and text together: Teacher ")
    assert "Teacher has a calibration error" in sentences.calibration(bare, "both", 0)


@pytest.mark.parametrize(("gap", "words"), [(0.02, "about as much as"), (0.2, "more than")])
def test_saliencies_that_are_alike_are_not_told_apart(bare, gap, words):
    bare.__dict__["saliency"] = bare.saliency.new_tensor(np.array([[0.5 + gap, 0.5]] * 40))
    assert words in sentences.headline(bare)
