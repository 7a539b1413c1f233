"""A survey of random logits, of a task with one label an example and of one with several."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.dataset.emap import Emap
from analysis.dataset.perceptual import Perceptual
from analysis.dataset.survey import ModelSurvey, Survey
from msd_core.evaluate import metrics_by_view
from msd_core.models.files import LoadedModel
from msd_core.tasks import Split
from msd_core.views import MODALITIES
from tests.analysis.models import random_model, tiny_task

LABELS = ("red", "green", "blue", "yes", "<b>no</b>")
MODELS = ("teacher", "kd", "msd", "Your student 1 (kd + instance)")
KINDS = np.array(["image", "text", "both", "either"])


def made_survey(split: Split, multilabel: bool, interval=(0.3, 0.5), models=MODELS) -> Survey:
    """A survey of a split whose labels, evidence and logits are drawn; `interval` that of every EMAP."""
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    task, count = tiny_task(LABELS, multilabel), len(split)
    if multilabel:
        labels = (torch.rand(count, 5, generator=generator) < 0.4).float()
        split = replace(split, labels=labels, evidence=KINDS[rng.integers(0, 4, (count, 5))])
    else:
        split = replace(split, evidence=KINDS[rng.integers(0, 4, count)])
    surveys = {}
    for name in models:
        logits = 2 * torch.randn(count, 4, 5, generator=generator)
        scores = metrics_by_view(task, logits, split.labels)
        additive = Emap("probability", torch.rand(count, 5), 0.4, interval, 0.7, 1200)
        perceptual = Perceptual(*(dict.fromkeys(MODALITIES, v) for v in (0.3, 0.2, 0.01)))
        surveys[name] = ModelSurvey(logits, scores, additive, perceptual)
    return Survey(task, split, surveys, torch.rand(60, 2, generator=generator))


@pytest.fixture(params=[False, True], ids=["single", "multi"])
def survey(request, tiny_split) -> Survey:
    return made_survey(tiny_split, request.param)


@pytest.fixture
def bare(survey) -> Survey:
    """The teacher alone, and nobody knows what decides."""
    return replace(survey, split=replace(survey.split, evidence=None), models={"teacher": survey.models["teacher"]})


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Caches of this test alone."""
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


@pytest.fixture
def loaded(home) -> LoadedModel:
    """A random model of five labels, whose caches are this test's."""
    return random_model(tiny_task())
