import numpy as np
import pytest
import torch

from analysis.languages.scores import leanings, learned, model_means, model_scores, study_means, study_scores
from msd_core.saliency import saliency
from msd_core.study.statistics import paired_t
from msd_core.tasks import load_split
from msd_core.views import TEXT
from tests.analysis.languages.conftest import SCORES
from tests.tongues import TASK


def test_a_study_s_scores_are_means_over_runs_with_their_intervals_the_teacher_first(study):
    table = study_scores(study)
    assert list(table["who"].unique()) == ["teacher", "kd", "ce/pretrained"]
    for _, row in table.iterrows():
        assert row["mean"] == pytest.approx(SCORES[row["who"]][row["language"]], abs=0.02)
        assert row["low"] < row["mean"] < row["high"] and row["count"] == 20
    runs = study.languages[study.languages["arm"] == "kd"]["text_ja"]
    row = table[(table["who"] == "kd") & (table["view"] == "text") & (table["language"] == "ja")].iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((paired_t(runs.to_numpy()).low, paired_t(runs.to_numpy()).high))


def test_its_means_tell_the_languages_learned_from_from_all_others(study):
    table = study_means(study, ["en"]).set_index(["who", "view", "kind"])["mean"]
    assert table["kd", "text", "source"] == pytest.approx(0.8, abs=0.02)
    assert table["kd", "text", "zero_shot"] == pytest.approx(0.25, abs=0.02)


@pytest.fixture(scope="module")
def answers():
    split = load_split(TASK, "test")
    logits = torch.randn(len(split), 4, 2, generator=torch.Generator().manual_seed(0))
    return split, {"teacher": logits, "kd": -logits}


def test_scores_of_models_are_shares_of_right_answers(answers):
    split, logits = answers
    for _, row in model_scores(logits, split).iterrows():
        view = ("both", "image", "text").index(row["view"])
        here = split.language == row["language"]
        right = (logits[row["who"]][here, view].argmax(-1) == split.labels[here]).numpy()
        assert row["mean"] == pytest.approx(right.mean()) and row["count"] == here.sum()


def test_a_picture_counts_once_in_means_over_languages(answers):
    split, logits = answers
    table = model_means(logits, split, ["en"]).set_index(["who", "view", "kind"])
    others = table.loc["teacher", "text", "zero_shot"]
    assert others["count"] == len(split.pictures)
    right = (logits["teacher"][:, TEXT].argmax(-1) == split.labels).numpy()
    assert others["mean"] == pytest.approx(right[split.language != "en"].mean())
    by_picture = [
        right[(split.image_of == i).numpy() & (split.language != "en")].mean() for i in split.image_of.unique()
    ]
    assert others["low"] == pytest.approx(paired_t(np.array(by_picture)).low)


def test_leanings_are_mean_necessities(answers):
    split, logits = answers
    table = leanings(TASK, logits, split).set_index(["who", "modality", "language"])["mean"]
    here = torch.from_numpy(split.language == "ja")
    expected = saliency(logits["kd"], "necessity", False)[here].mean(0)
    assert [table["kd", m, "ja"] for m in ("image", "text")] == pytest.approx(expected.tolist())


def test_the_languages_learned_from_are_those_of_the_recipe():
    assert learned(TASK) == ("en",)
