"""The settings of a run: what makes no sense is refused, and what an earlier version wrote is understood."""

import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.tasks import TASKS, WHOLE, load_task
from msd_core.training.config import (
    _KNOWN,
    _RANGES,
    SHUFFLES,
    Config,
    current_names,
    student_config,
    teacher_config,
)
from msd_core.views import VIEWS
from msd_core.weighting import DIRECTIONS, WEIGHTINGS

OLD = {"lr": "rate", "batch_size": "batch", "temperature": "tau", "modality_dropout": "hide", "hold_out": "withhold",
       "model": "student", "direction": "to"}  # fmt: skip

LATER = {
    "unfreeze", "languages", "view", "texts", "pretraining", "pretraining_epochs", "freeze_text", "label_smoothing",
    "text_noise", "cross_fit", "unlabelled", "code_switching", "adversary", "recombine", "gamma", "pairs", "questions",
    "alpha", "on",
}  # fmt: skip
share = st.floats(0, 1)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(list(METHODS)),
        "weighting": st.sampled_from(WEIGHTINGS),
        "model": st.sampled_from(list(ZOO)),
        "epochs": st.integers(1, 1000),
        "train_size": st.integers(1, 10**9),
        "batch_size": st.integers(1, 65536),
        "lr": st.floats(1e-8, 10),
        "seed": st.integers(0, 2**31 - 1),
        "temperature": st.floats(0.05, 100),
        "lam": share,
        "beta": st.floats(0, 100),
        "saliency": st.sampled_from(SALIENCIES),
        "direction": st.sampled_from(DIRECTIONS),
        "modality_dropout": share,
        "hold_out": st.booleans(),
        "label_noise": share,
        "corrupt_text": share,
    },
)


@pytest.mark.parametrize(
    "wrong", [{"method": "hint"}, {"weighting": "inverse"}, {"model": "gpt"}, {"epochs": 0}, {"train_size": -1},
              {"temperature": 0.0}, {"lam": 1.5}, {"beta": -1.0}, {"modality_dropout": 2.0}, {"shuffle": "labels"},
              {"shuffle": "weights", "weighting": "uniform"}, {"label_noise": -0.1}, {"lr": 0.0}, {"batch_size": 0},
              {"shuffle": "targets", "weighting": "none"}, {"corrupt_text": 1.1}, {"direction": "same"},
              {"saliency": "gradient"}, {"lr": float("nan")}, {"seed": -1}, {"texts": -1.0}, {"pretraining": "glove"},
              {"view": "neither", "weighting": "none"}, {"view": "text"}, {"pretraining_epochs": 0},
              {"view": "text", "weighting": "none", "modality_dropout": 0.3}, {"freeze_text": "all"},
              {"pretraining": "kd", "freeze_text": "hard"}, {"shuffle": "lexicon"}, {"code_switching": 1.1},
              {"weighting": "learned", "code_switching": 0.5},
              {"view": "image", "weighting": "none", "code_switching": 0.5}, {"adversary": -1.0},
              {"view": "image", "weighting": "none", "adversary": 1.0},
              {"pretraining": "kd", "freeze_text": "softly", "languages": "en"},
              {"view": "text", "weighting": "none", "method": "fitnets"},
              {"view": "image", "weighting": "none", "texts": 1.0},
              {"view": "image", "weighting": "none", "pretraining": "kd"}, {"label_smoothing": 1.0},
              {"label_smoothing": -0.1}, {"text_noise": 1.1}, {"text_noise": 0.2, "weighting": "learned"},
              {"recombine": -1}, {"gamma": -1.0}, {"questions": 10}, {"pairs": "split"}, {"shuffle": "recombined"},
              {"recombine": 8, "questions": 10}, {"recombine": 8, "pairs": "hard"}, {"recombine": 8, "cross_fit": 5},
              {"on": "hidden"}, {"on": "features", "weighting": "none"}, {"on": "both", "weighting": "learned"},
              {"on": "features", "shuffle": "targets"}, {"on": "both", "cross_fit": 5}, {"alpha": -1.0},
              {"recombine": 8, "view": "text", "weighting": "none"},
              {"unlabelled": "table.csv"}, {"unlabelled": "table.csv", "pretraining": "translation"}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_one_sentence(wrong):
    with pytest.raises(UserError) as error:
        Config(**wrong)
    assert "\n" not in str(error.value)


@given(settings=SETTINGS)
def test_settings_are_read_as_they_were_written(settings):
    config = Config(**settings)
    written = json.loads(json.dumps(config.to_dict()))
    assert Config(**written) == config


@given(settings=SETTINGS)
def test_an_earlier_versions_settings_are_understood(settings):
    config = Config(**settings)
    old = {OLD.get(name, name): value for name, value in config.to_dict().items() if name not in LATER}
    if old["to"] == "own":
        old["to"] = "same"
    assert set(old) == {
        "method", "weighting", "student", "epochs", "train_size", "batch", "rate", "seed", "tau", "lam", "beta",
        "saliency", "to", "hide", "shuffle", "withhold", "label_noise", "corrupt_text",
    }  # fmt: skip
    assert Config(**current_names(old)) == config
    assert current_names(current_names(old)) == current_names(old)


def test_defaults_are_msd():
    config = Config()
    assert (config.method, config.weighting, config.saliency, config.direction) == (
        "kd", "instance", "necessity", "own",
    )  # fmt: skip
    assert config.title == "kd + instance" and config.shuffle == SHUFFLES[0] and not config.holds_out
    assert "task" not in asdict(config) and "teacher" not in asdict(config)


@pytest.mark.parametrize(
    "settings, needs_teacher, trained_views, title",
    [
        ({"method": "ce", "weighting": "none"}, False, ("both",), "ce"),
        ({"method": "ce", "weighting": "uniform"}, True, ("both", "image", "text"), "ce + uniform"),
        ({"method": "kd", "weighting": "none"}, True, ("both",), "kd"),
        ({"method": "crd", "weighting": "learned"}, True, ("both", "image", "text"), "crd + learned"),
        ({"method": "ce", "weighting": "none", "modality_dropout": 0.3}, False, VIEWS, "ce"),
        ({"method": "kd", "weighting": "instance", "modality_dropout": 0.1}, True, VIEWS, "kd + instance"),
        ({"method": "ce", "weighting": "none", "texts": 1.0}, True, ("both", "text"), "ce + texts"),
        ({"method": "ce", "weighting": "none", "view": "text"}, False, ("text",), "ce"),
        ({"method": "kd", "weighting": "none", "view": "image"}, True, ("image",), "kd"),
        ({"method": "kd", "weighting": "none", "view": "text", "texts": 4.0}, True, ("text",), "kd + texts"),
        (
            {"method": "ce", "weighting": "none", "pretraining": "kd", "freeze_text": "all"},
            True,
            ("both",),
            "ce, pretrained by kd",
        ),
        ({"method": "ce", "weighting": "none", "pretraining": "itself"}, False, ("both",), "ce, pretrained by itself"),
        ({"method": "ce", "weighting": "none", "code_switching": 0.5}, False, ("both",), "ce + lexicon"),
        ({"method": "ce", "weighting": "none", "adversary": 1.0}, False, ("both",), "ce + adversary"),
        ({"method": "ce", "weighting": "none", "recombine": 8}, True, ("both",), "ce + recombined"),
        (
            {"weighting": "uniform", "recombine": WHOLE, "pairs": "split"},
            True,
            ("both", "image", "text"),
            "kd + uniform + recombined",
        ),
    ],
)
def test_what_follows_from_the_settings(settings, needs_teacher, trained_views, title):
    config = Config(**settings)
    assert config.needs_teacher is needs_teacher and config.trained_views == trained_views and config.title == title


def test_what_looks_ahead_holds_out_what_it_is_judged_by():
    soft = Config(pretraining="kd", freeze_text="softly", languages="en,de")
    assert Config(weighting="learned").holds_out and soft.holds_out and soft.looks_ahead
    assert Config(hold_out=True).holds_out and not Config().holds_out and not Config(hold_out=True).looks_ahead


@pytest.mark.parametrize("before, now", [(True, "all"), (False, "none"), ("softly", "softly")])
def test_how_an_earlier_version_froze_a_tower_is_understood(before, now):
    assert current_names({"pretraining": "kd", "freeze_text": before}) == {"pretraining": "kd", "freeze_text": now}


@pytest.mark.parametrize("name", [*TASKS, "fifth"])
def test_recipes_make_configs_and_changes_come_first(name, fifth):
    task = load_task(name)
    teacher, student = teacher_config(task), student_config(task)
    own = task.recipe.teacher if task.recipe else "teacher"
    assert (teacher.method, teacher.weighting, teacher.model) == ("ce", "none", own)
    assert teacher.languages == student.languages == (task.recipe.languages if task.recipe else "")
    assert teacher.trained_views == VIEWS and teacher.train_size == WHOLE and not teacher.needs_teacher
    expected = (task.recipe.teacher_epochs, task.recipe.student_epochs) if task.recipe else (Config.epochs,) * 2
    assert (teacher.epochs, student.epochs) == expected
    assert student.train_size == (task.recipe.student_size if task.recipe else Config.train_size)
    assert teacher_config(task, epochs=3, seed=7, model="student").epochs == 3
    assert student_config(task, method="sp", train_size=10).train_size == 10


def test_every_setting_has_a_bound_or_a_list():
    free = {"hold_out", "languages", "unlabelled"}
    assert {*_KNOWN, *_RANGES, *free} == {field.name for field in fields(Config)}
