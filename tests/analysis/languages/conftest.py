"""A made-up study of recipes in three languages."""

import pytest

from msd_core.study.published import load_study
from tests.studies import runs_of, write_languages, write_study

SCORES = {
    "teacher": {"de": 0.7, "en": 0.9, "ja": 0.6},
    "kd": {"de": 0.3, "en": 0.8, "ja": 0.2},
    "ce/pretrained": {"de": 0.6, "en": 0.8, "ja": 0.5},
}


@pytest.fixture
def study(tmp_path):
    write_study(tmp_path, runs_of("emoji", {arm: each["en"] for arm, each in SCORES.items() if arm != "teacher"}))
    write_languages(tmp_path, "emoji", SCORES)
    return load_study("emoji", tmp_path)
