"""A survey has what its parts have, of any task and any sizes."""

import json

import pytest
import torch

from analysis.dataset.survey import TRAINING_PICTURES, survey
from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.evaluate import logits_by_view, metrics
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.saliency import saliency
from msd_core.tasks import load_split, load_task
from msd_core.views import BOTH, VIEWS
from tests.analysis.models import random_model


@pytest.mark.parametrize("name", ["digits", "posters"])
def test_a_survey_has_what_its_parts_have(name):
    task = load_task(name)
    split = load_split(task, "validation", 40)
    models = {model: load_bundled(task, model) for model in ("teacher", "msd")}
    shares = []
    result = survey(task, models, split=split, report=lambda share, what: shares.append(share))
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert len(result.table) == len(split) and result.students == ["msd"]
    first = result.table.iloc[0]
    content = task.picture(split.pictures.keys[split.image_of[0]])
    answer = compare(task, content, first["text"], models).answers["teacher"]
    assert [first["saliency_image"], first["saliency_text"]] == pytest.approx(answer.necessity.tolist(), abs=1e-4)
    gap = result.gap_by_label("msd")
    assert gap.shape == (len(task.labels), 4) and (gap[~gap.isnan()] >= 0).all()
    assert result.training.shape[1] == 2 and len(result.training) > 100
    assert result.models["teacher"].metrics["both"] == metrics(
        task, logits_by_view(models["teacher"].model, split)[:, BOTH], split.labels
    )
    scores = result.scores("msd")
    assert scores.shape == (len(split), 4) and ((scores[~scores.isnan()] >= 0) & (scores[~scores.isnan()] <= 1)).all()


def test_training_examples_are_of_the_first_pictures():
    digits = load_task("digits")
    teacher = load_bundled(digits, "teacher")
    train = load_split(digits, "train", TRAINING_PICTURES)
    result = survey(digits, {"teacher": teacher}, split=load_split(digits, "validation", 10))
    expected = saliency(logits_by_view(teacher.model, train), "necessity", False)
    assert torch.allclose(result.training, expected, atol=1e-4)


def test_models_of_two_sizes_are_surveyed_on_a_task_of_oblong_pictures(fifth, two_sizes):
    result = survey(fifth, two_sizes)
    split = load_split(fifth, "test")
    assert len(result.split) == 60 and result.teacher == "teacher" and result.students == ["kd"]
    for name, each in two_sizes.items():
        assert torch.allclose(result.models[name].logits, logits_by_view(each.model, split), atol=1e-5)
        assert result.models[name].emap.pairs == 30 * 2 and result.models[name].emap.interval is None
    for row in (0, 31):
        content, text = fifth.picture(split.pictures.keys[split.image_of[row]]), split.texts[split.text_of[row]]
        for name, answer in compare(fifth, content, text, two_sizes).answers.items():
            assert torch.allclose(result.models[name].logits[row], answer.logits, atol=1e-5)
    assert "evidence" not in result.table and {"right_kd", "kl_kd", "prob_teacher"} <= {*result.table}


def test_a_survey_is_plain_data(fifth, two_sizes):
    plain = json.loads(json.dumps(survey(fifth, two_sizes, "logit").to_dict(), allow_nan=False))
    assert plain["task"] == "fifth" and plain["examples"] == 60 and plain["metric"] == "accuracy"
    assert plain["models"]["teacher"]["gap"] is None and set(plain["models"]["kd"]["gap"]) == set(VIEWS)
    assert set(plain["models"]["kd"]["emap"]) == {"output", "metric", "interval", "explained", "pairs"}
    assert plain["models"]["kd"]["emap"]["output"] == "logit"


def test_one_model_alone_has_no_student(fifth):
    result = survey(fifth, {"My model": random_model(fifth)})
    assert result.students == [] and result.gap == {} and result.teacher == "My model"
    assert not [column for column in result.table if column.startswith(("kl_", "agrees_"))]
    assert result.to_dict()["models"]["My model"]["gap"] is None


def test_without_models_there_is_one_sentence(fifth):
    with pytest.raises(UserError, match="no model of fifth to ask: train a teacher first"):
        survey(fifth, bundled_models(fifth))
