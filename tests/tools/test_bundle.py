"""The models in the box keep what the report has of them, and clear their bars; and a task's models are made anew."""

import json
from dataclasses import replace
from statistics import mean

import pytest

import tests.fifth
from msd_core.errors import UserError
from msd_core.models import bundled, tokenizer
from msd_core.models.bundled import BUNDLED, FLAGSHIP, bundled_models, bundled_names, report
from msd_core.tasks import TASKS, Recipe, load_task
from msd_core.tasks.digits import ceiling
from msd_core.training.config import Config
from msd_core.training.events import Stage
from msd_core.views import MODALITIES, VIEWS
from tools import bundle as bundle_module
from tools import models_page
from tools.bundle import (
    bundle,
    configs_of,
    largest_difference,
    models_of,
    scores_of,
    tokenizer_texts,
    train_tokenizer,
)


@pytest.fixture(scope="module")
def measured():
    return {name: scores_of(load_task(name)) for name in TASKS}


def test_the_report_is_of_these_files(measured):
    for task in TASKS:
        for model in models_of(load_task(task)):
            reported, now = (scores[task]["models"][model] for scores in (report(), measured))
            for view in VIEWS:
                assert now["metrics"][view] == pytest.approx(reported["metrics"][view], abs=1e-3), (task, model, view)
            assert now["parameters"] == reported["parameters"]
            for code, scores in reported.get("languages", {}).items():
                assert now["languages"][code] == pytest.approx(scores, abs=3e-3), (task, model, code)
            assert now["marginal_kl"] == pytest.approx(reported["marginal_kl"], abs=1e-2)


def test_the_report_has_all_that_is_measured(measured):
    for task in TASKS:
        assert set(measured[task]) <= set(report()[task])
        reported = report()[task]["called_ood"]
        # one of 107 texts may lie on this side of the edge on one processor, on that side on another
        assert measured[task]["called_ood"] == pytest.approx(reported, abs=1e-2) and max(reported.values()) <= 0.02


def test_teachers_clear_their_bars(measured):
    score = {task: scores["models"]["teacher"]["metrics"]["both"] for task, scores in measured.items()}
    assert score["easy-vqa"]["accuracy"] >= 0.995
    assert score["digits"]["accuracy"] >= 0.95 * ceiling()
    assert score["sarcasm"]["accuracy"] >= 0.97
    assert score["posters"]["macro_f1"] >= 0.97
    assert score["posters"]["micro_f1"] >= 0.97
    known = measured["emoji"]["models"]["teacher"]["languages"]
    others = [scores for code, scores in known.items() if code != "en"]
    assert known["en"]["both"] >= 0.78, "English"
    assert mean(scores["both"] for scores in others) >= 0.72, "zero-shot"
    assert mean(scores["text"] for scores in others) >= 0.60


@pytest.mark.parametrize("kind", ["necessity", "sufficiency"])
def test_saliency_finds_the_evidence(measured, kind):
    for task in TASKS:
        for modality in MODALITIES:
            known = measured[task]["evidence_auroc"]
            auroc = known and known[kind][modality]
            assert auroc is None or auroc >= 0.95, (task, modality, auroc)


def test_students_are_small(measured):
    for task in TASKS:
        sizes = {model: scores["parameters"] for model, scores in measured[task]["models"].items()}
        assert all(10 * size <= sizes["teacher"] for student, size in sizes.items() if student != "teacher")
    assert 50_000 <= measured["emoji"]["models"]["pretrained"]["parameters"] <= 400_000


def test_the_largest_difference_is_named(measured, monkeypatch):
    worse = json.loads(json.dumps(measured))
    worse["digits"]["models"]["kd"]["metrics"]["text"]["accuracy"] += 0.25
    monkeypatch.setattr(bundle_module, "scores_of", lambda task: worse[task.name])
    metric, difference = largest_difference()["digits"]
    assert metric == "kd text accuracy" and difference == pytest.approx(0.25, abs=2e-3)
    assert max(apart for task, (_, apart) in largest_difference().items() if task != "digits") < 2e-3


@pytest.mark.parametrize("name", TASKS)
def test_bundled_models_are_made_by_the_recipe(name):
    task, info = load_task(name), {n: m.info for n, m in bundled_models(load_task(name)).items()}
    for model in models_of(task):
        configs = configs_of(task, model)
        expected = task.recipe.teacher_epochs if model == "teacher" else task.recipe.student_epochs
        assert {config.epochs for config in configs} == {expected, info[model]["epochs"]}
        assert info[model]["method"] in {config.title for config in configs}
        assert len(configs) == (4 if model == FLAGSHIP else 1)
    tried = info[FLAGSHIP]["tried"]
    assert [[c.title, c.gamma] for c in configs_of(task, FLAGSHIP)] == [[title, gamma] for title, gamma, _ in tried]
    best = max(tried, key=lambda each: each[2])
    assert [info[FLAGSHIP]["method"], info[FLAGSHIP]["gamma"]] == best[:2]
    (student,), recipe = configs_of(task, "msd"), task.recipe
    assert student == Config(
        train_size=recipe.student_size, epochs=recipe.student_epochs, model=recipe.student, lr=recipe.student_lr,
        languages=recipe.languages,
    )  # fmt: skip


@pytest.fixture
def empty_box(tmp_path, monkeypatch, fifth):
    """The smallest task with a recipe, a place for its models, and a report and a page of its own."""
    task = replace(fifth, models=tmp_path / "fifth", recipe=Recipe(2, 1, 40, 1, 40))
    monkeypatch.setattr(tests.fifth, "TASK", task)
    monkeypatch.setattr(bundle_module, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(bundled, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(models_page, "PAGE", tmp_path / "models.md")
    return task


def test_the_models_of_a_task_are_made_measured_and_written_down(empty_box, tmp_path):
    events = []
    scores = bundle(["fifth"], events.append)
    assert bundled_names(empty_box) == models_of(empty_box) == BUNDLED[:5] and list(scores) == ["fifth"]
    loaded = bundled_models(empty_box)
    assert loaded["teacher"].model.trained_views == VIEWS and loaded["teacher"].model.detector is not None
    methods = [model.info["method"] for model in loaded.values()]
    assert methods[:4] == ["ce", "ce", "kd", "kd + instance"] and methods[4].endswith(" + recombined")
    stages = [event.text for event in events if isinstance(event, Stage) and event.text.startswith("fifth")]
    assert stages == [f"fifth: {name}" for name in (*BUNDLED[:4], *[FLAGSHIP] * 4)]
    assert report()["fifth"]["evidence_auroc"] is None and report()["fifth"]["seconds"] > 0
    assert largest_difference()["fifth"][1] < 1e-6
    assert "## fifth" in (tmp_path / "models.md").read_text()


def test_a_task_without_a_place_for_models_is_one_sentence(fifth):
    with pytest.raises(UserError, match="fifth has no place for models of its own, or no recipe"):
        bundle(["fifth"])


def test_an_unknown_task_is_one_sentence():
    with pytest.raises(UserError, match="no task called 'cats'"):
        bundle(["cats"])


def test_a_tokenizer_is_trained_to_a_file(tmp_path, monkeypatch):
    before = tokenizer.FILE.read_bytes()
    train_tokenizer(["is it the red one?", "it is the red one!"] * 20, tmp_path / "new" / "tokenizer.json")
    assert tokenizer.FILE.read_bytes() == before, "the shipped one is left alone"
    monkeypatch.setattr(tokenizer, "FILE", tmp_path / "new" / "tokenizer.json")
    tokenizer.load.cache_clear()
    try:
        made = tokenizer.load()
        assert made.token_to_id("<pad>") == 0 and made.get_vocab_size() <= tokenizer.VOCABULARY
        known, unknown = tokenizer.tokenize(["is it the red one?"]), tokenizer.tokenize(["zq jx kv wb qz xj?"])
        assert known.ids.shape[1] < unknown.ids.shape[1], "its words are tokens"
        for text in ("日本語", "IS it the Red one?"):
            assert made.decode(made.encode(text).ids).strip() == text.lower()
    finally:
        tokenizer.load.cache_clear()


def test_the_shipped_tokenizer_is_what_training_makes(tmp_path):
    train_tokenizer(tokenizer_texts(), tmp_path / "tokenizer.json")
    assert json.loads((tmp_path / "tokenizer.json").read_text()) == json.loads(tokenizer.FILE.read_text())
