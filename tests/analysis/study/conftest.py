"""Made-up studies, in a folder as the box has them."""

import pandas as pd
import pytest

from analysis.study.arms import BAR, KD, NAMED
from msd_core.study.published import load_study, named_contrasts
from tests.studies import CLEAN, runs_of, write_study

SCORES = {"ce": 0.80, KD: 0.86, BAR: 0.87, NAMED: 0.88, "kd/hide": 0.86, "kd/time": 0.87, "dkd": 0.865}


@pytest.fixture
def make(tmp_path):
    """Writes a study of made-up scores by arm, and reads it back with the named differences of all written so far."""

    def write(scores=SCORES, task="digits", more=(), **options):
        runs = pd.concat([runs_of(task, scores, **options), *more])
        write_study(tmp_path, runs)
        return load_study(task, tmp_path), named_contrasts(tmp_path)

    return write


@pytest.fixture
def varied(make):
    """A study with its three curves."""
    main = {arm: SCORES[arm] for arm in ("ce", KD, BAR, NAMED)}
    conditions = [(250, 0.0, 0.0), (10**6, 0.0, 0.0), (1000, 0.4, 0.0), (1000, 0.0, 0.3)]
    lower = {arm: score - 0.1 for arm, score in main.items()}
    return make(more=[runs_of("digits", lower, seeds=5, at=at) for at in conditions if at != CLEAN])[0]
