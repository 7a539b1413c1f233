"""`/languages` without a server, on a made-up study."""

import json

import pandas as pd
import pytest
import torch

from msd_core.errors import UserError
from msd_core.tasks import load_split, load_task
from tests.studies import runs_of, write_languages, write_study
from ui.api.languages import languages
from ui.work import languages as work


@pytest.fixture
def quick(monkeypatch):
    """Answers of models that need no computing, on some examples."""
    split = load_split(load_task("emoji"), "test").subset(40)
    logits = torch.randn(len(split), 4, 8, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(work, "_answers", lambda task: ({"teacher": logits, "kd": -logits}, split))


def test_it_gives_plain_numbers(published_in, quick):
    write_study(published_in, runs_of("emoji", {"kd": 0.7, "ce/pretrained": 0.8}))
    scores = {"kd": {"en": 0.7, "ja": 0.2}, "ce/pretrained": {"en": 0.8, "ja": 0.6}, "teacher": {"en": 0.9, "ja": 0.7}}
    write_languages(published_in, "emoji", scores)
    answer = languages("emoji", None, "red apple", "en", "赤いリンゴ", "ja")
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    table = pd.DataFrame(answer["means"]).set_index(["who", "view", "kind"])["mean"]
    assert table["ce/pretrained", "text", "zero_shot"] == pytest.approx(0.6, abs=0.02)
    assert answer["claim"].startswith("Distilling before the labels scores") and answer["transfer"][0]["named"]
    assert [each["title"] for each in answer["answers"]] == ["the English text", "the Japanese text"]
    assert set(answer["answers"][0]["predictions"]["teacher"]) == {"both", "image", "text", "neither"}
    assert "There is no picture: the models read the text alone." in answer["warnings"]


def test_without_a_study_scores_are_those_of_the_task_s_own_models(published_in, quick):
    answer = languages("emoji")
    assert "One model each" in answer["of"] and answer["claim"] == "" and answer["answers"] == []
    assert {row["who"] for row in answer["scores"]} == {"Teacher", "KD"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("digits",), "one language"), (("emoji", None, "x", "tlh"), "language"), (("emoji", "/etc/passwd"), "uploaded")],
)
def test_it_refuses_in_one_sentence(arguments, said):
    with pytest.raises(UserError, match=said):
        languages(*arguments)
