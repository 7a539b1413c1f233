"""What a study plans: pairs, budgets and curves, settled before the first run."""

import json
from dataclasses import asdict, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.study.arms import ARMS, CONTRAST, RECOMBINED
from msd_core.study.plan import (
    CONDITION,
    LRS,
    SEARCH_SEEDS,
    Condition,
    Plan,
    named_plan,
    named_seeds,
    read_plans,
    whole_split,
)
from msd_core.tasks import WHOLE, load_task
from tests.core.study.tiny_study import PLAN

TRIALS = [{"lr": lr} for lr in LRS]


def test_runs_are_paired_and_see_nothing_of_the_meta_split(digits):
    plan = replace(PLAN, arms=ARMS, seeds=4)
    jobs = plan.runs({place: {"lr": 1e-3} for place in product(ARMS, plan.conditions(10_000))}, 10_000)
    assert len({job.folder for job in jobs}) == len(jobs) == 4 * len(ARMS)
    assert all(job.config.hold_out and job.config.seed == job.seed for job in jobs)
    for seed in range(4):
        teachers = {job.teacher for job in jobs if job.seed == seed}
        assert teachers == {f"teachers/{seed % 2}", f"teachers/self-{seed % 2}"}
        assert {job.arm for job in jobs if job.teacher == f"teachers/self-{seed % 2}"} == {"kd/self"}
    teachers = plan.teachers_needed(digits)
    assert [job.folder for job in teachers] == [f"teachers/{name}" for name in ("0", "1", "self-0", "self-1")]
    assert all(job.config.hold_out and job.teacher is None for job in teachers)
    assert [job.config.model for job in teachers] == ["teacher"] * 2 + ["student-tiny"] * 2
    searched = {job.config.seed for job in plan.search("kd", plan.base, TRIALS, 10_000)}
    assert searched == set(SEARCH_SEEDS) and not searched & {job.seed for job in jobs}
    assert len(replace(plan, arms=("kd", "ce")).teachers_needed(digits)) == 2


def test_teachers_of_an_option_are_as_it_says(digits):
    plan = replace(PLAN, arms=("kd", "kd/smoothed-self", "kd/smoothed-teacher"), teachers=1)
    teachers = {job.folder: job.config for job in plan.teachers_needed(digits)}
    large, small, smoothed = (teachers[f"teachers/{name}0"] for name in ("", "smoothed-self-", "smoothed-teacher-"))
    assert smoothed == replace(large, label_smoothing=0.1) and large.label_smoothing == 0
    assert (small.model, small.label_smoothing, small.train_size) == ("student-tiny", 0.1, PLAN.train_size)


def test_only_arms_with_keywords_read_the_table():
    plan = replace(PLAN, arms=("ce/pretrained", "ce/pretrained/keywords", "kd/texts/keywords"), unlabelled="table.csv")
    jobs = plan.runs({place: {"lr": 1e-3} for place in product(plan.arms, [plan.base])}, 10_000)
    assert {(job.arm, job.config.unlabelled) for job in jobs} == {
        ("ce/pretrained", ""), ("ce/pretrained/keywords", "table.csv"), ("kd/texts/keywords", "table.csv")
    }  # fmt: skip


def test_seeds_come_one_after_the_other_so_that_pairs_are_whole():
    jobs = PLAN.runs({place: {"lr": 1e-3} for place in product(PLAN.arms, [PLAN.base])}, 10_000)
    assert [(job.seed, job.arm) for job in jobs] == [(seed, arm) for seed in range(3) for arm in PLAN.arms]
    some = PLAN.runs({("kd", PLAN.base): {"lr": 1e-3}}, 10_000)
    assert {job.arm for job in some} == {"kd"}, "an arm without a learning rate is not run"


def test_curves_have_as_many_steps(digits):
    plan = replace(PLAN, train_size=2000, epochs=40, sizes=(250, 2000, 4000, WHOLE), label_noise=(0.4,))
    whole = whole_split(digits)
    assert whole == round(0.9 * len(digits.examples("train")))
    lrs = {("kd", condition): {"lr": 1e-3 * place} for place, condition in enumerate(plan.conditions(whole), start=1)}
    jobs = plan.runs(lrs, whole)
    assert all(job.config.lr == lrs["kd", job.condition]["lr"] for job in jobs)
    epochs = {job.condition.train_size: job.config.epochs for job in jobs}
    assert epochs == {250: 320, 2000: 40, 4000: 20, WHOLE: round(80_000 / whole)}
    assert all(abs(epochs[size] * min(size, whole) / 80_000 - 1) < 0.15 for size in epochs)
    assert {job.config.label_noise for job in jobs} == {0, 0.4}


def test_conditions_are_the_base_or_the_points_of_the_curves():
    assert PLAN.conditions(10_000) == (PLAN.base,) == (Condition(200),)
    curve = replace(PLAN, sizes=(50, 300, 10**6), label_noise=(0.2,), corrupt_text=(0.1, 0.2))
    assert curve.conditions(250) == (
        Condition(50), Condition(WHOLE), Condition(200, label_noise=0.2), Condition(200, corrupt_text=0.1),
        Condition(200, corrupt_text=0.2),
    )  # fmt: skip
    assert curve.conditions(300)[1] == Condition(WHOLE) and curve.conditions(301)[1] == Condition(300)
    both = replace(PLAN, sizes=(300, 10**6)).conditions(300)
    assert both == replace(PLAN, sizes=(WHOLE,)).conditions(300) == (Condition(WHOLE),)


@given(size=st.integers(1, 2 * WHOLE), noise=st.floats(0, 1), misread=st.floats(0, 1))
def test_a_condition_is_the_name_of_a_folder(size, noise, misread):
    name = str(Condition(size, noise, misread))
    assert "/" not in name and " " not in name and name.startswith("all" if size >= WHOLE else str(size))
    assert name != str(Condition(size, noise, misread / 2 + 0.3)) or f"{misread:g}" == f"{misread / 2 + 0.3:g}"
    assert CONDITION == ["train_size", "label_noise", "corrupt_text"]


@pytest.mark.parametrize(
    "wrong", [{"seeds": 1}, {"teachers": 0}, {"arms": ("kd", "kd")}, {"train_size": 0}, {"label_noise": (2.0,)},
              {"model": "gpt"}, {"arms": ("kd", "kd/double"), "epochs": 600}, {"arms": ()}, {"arms": ("hint",)},
              {"sizes": (1,), "epochs": 100}, {"corrupt_text": (-0.1,)}, {"arms": ("ce/pretrained/keywords",)},
              {"unlabelled": "table.csv"}, {"arms": ("ce/translated/keywords",), "unlabelled": "table.csv"}],
)  # fmt: skip
def test_plans_that_make_no_sense_are_one_sentence(wrong):
    with pytest.raises(UserError) as error:
        replace(PLAN, **wrong)
    assert "\n" not in str(error.value)


def written(path, *plans: dict) -> None:
    path.write_text(json.dumps([{"written": "2026-01-01", "contrast": CONTRAST, "plan": plan} for plan in plans]))


def test_plans_of_an_earlier_version_are_read(tmp_path):
    old = {("student" if name == "model" else name): value for name, value in asdict(PLAN).items()}
    assert "student" in old and not old.pop("languages") and not old.pop("unlabelled")
    written(tmp_path / "plans.json", old)
    (entry,) = read_plans(tmp_path / "plans.json")
    assert entry["plan"] == json.loads(json.dumps(asdict(PLAN)))
    assert Plan(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry["plan"].items()}) == PLAN


def test_the_named_plan_is_the_first_with_both_arms(tmp_path):
    path = tmp_path / "plans.json"
    plans = [asdict(replace(PLAN, arms=arms)) for arms in (("ce",), ("kd", "kd+instance", "sp"), CONTRAST)]
    written(path, *plans)
    assert named_plan(path)["arms"] == ["kd", "kd+instance", "sp"]
    written(path, plans[0], asdict(replace(PLAN, arms=("kd",))))
    assert named_plan(path)["arms"] == ["ce"], "else the first"


def test_a_difference_is_named_with_the_seeds_of_the_first_plan_that_names_it(tmp_path):
    arms = tuple({arm: None for pair in RECOMBINED for arm in pair})
    first = replace(PLAN, arms=arms, seeds=20, sizes=(250, 99_999))
    later = replace(first, seeds=40, sizes=(250, 1000))  # it may know the results of the first
    some = replace(first, arms=("fitnets", "kd/recombined", "kd/recombined/k4"), seeds=5, sizes=())
    path = tmp_path / "plans.json"
    entries = [{"plan": asdict(plan), "named": plan.named_pairs} for plan in (first, later, some)]
    entries[0]["named"] = [{"arm": "kd", "against": "ce", "measure": "text"}, *entries[0]["named"]]  # in languages
    path.write_text(json.dumps([*entries, {"plan": asdict(replace(PLAN, arms=CONTRAST))}]))
    named = named_seeds(path, whole=10_000)
    for pair in RECOMBINED:
        of = {at: count for (*both, at), count in named.items() if tuple(both) == pair}
        base = {PLAN.base: 5} if pair == ("kd/recombined", "fitnets") else {}
        assert of == {Condition(250): 20, Condition(WHOLE): 20, Condition(1000): 40} | base
    assert named[*CONTRAST, PLAN.base] == PLAN.seeds


@pytest.mark.parametrize("content", ["", "{", "3", '["x"]', '[{"plan": 3}]', "[{}]"])
def test_plans_that_are_none_are_one_sentence(tmp_path, content):
    (tmp_path / "plans.json").write_text(content)
    with pytest.raises(UserError, match="half-written") as error:
        read_plans(tmp_path / "plans.json")
    assert "\n" not in str(error.value)
    assert read_plans(tmp_path / "none.json") == []


@pytest.mark.parametrize("name", ["easy-vqa", "sarcasm"])
def test_a_published_plan_is_read(name):
    from msd_core.study.published import STUDIES

    plan, task = named_plan(STUDIES / name / "plans.json"), load_task(name)
    assert (plan["train_size"], plan["epochs"]) == (task.recipe.study_size, task.recipe.study_epochs)
    assert plan["task"] == name and set(CONTRAST) <= set(plan["arms"]) and plan["model"] == "student"
