"""Reliability of answers that are known to be honest, or boastful."""

import numpy as np
import pytest
import torch

from analysis.dataset.calibration import by_view, by_view_and_label, reliability
from msd_core.views import VIEWS


def test_reliability_of_known_answers():
    confidence = np.array([0.9] * 10 + [0.6] * 10)
    honest = reliability(confidence, np.array([1] * 9 + [0] + [1] * 6 + [0] * 4, dtype=bool))
    assert honest.error == pytest.approx(0) and honest.count == [10, 10]
    boaster = reliability(confidence, np.array([1] * 5 + [0] * 5 + [1] * 6 + [0] * 4, dtype=bool))
    assert boaster.error == pytest.approx(0.2)
    assert boaster.accuracy == pytest.approx([0.6, 0.5]) and boaster.confidence == pytest.approx([0.6, 0.9])


def test_each_view_has_its_own():
    logits = torch.zeros(8, 4, 2)
    logits[:, 0, 1] = 50.0  # sure, and right
    logits[:, 1, 0] = 50.0  # sure, and wrong
    views = by_view(logits, torch.ones(8, dtype=torch.long))
    assert list(views) == list(VIEWS)
    assert views["both"].error == pytest.approx(0, abs=1e-6) and views["image"].error == pytest.approx(1, abs=1e-6)
    assert views["neither"].error == pytest.approx(0.5) and views["neither"].count == [8]


def test_each_label_of_a_multi_label_task_has_its_own():
    logits = torch.full((8, 4, 2), -50.0)
    views = by_view_and_label(logits, torch.tensor([[1.0, 0.0]] * 8))
    assert [round(each.error, 6) for each in views["text"]] == [1.0, 0.0]
