"""What a study plans: arms by name, the controls of the design, pairs, budgets and curves."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.recipes import RECIPES, WHOLE
from msd_core.study.arms import ARMS, BASELINES, CONTRAST, CONTROLS, arm_config
from msd_core.study.plan import RATES, SEARCH_SEEDS, Plan
from msd_core.tasks import get_task

PLAN = Plan("digits", ("kd", "kd+instance"), train_size=200, epochs=2, seeds=3, student="student-tiny")


def test_every_arm_is_a_config_and_its_own():
    configs = [arm_config(name, Config()) for name in ARMS if "self" not in name]
    assert len(set(configs)) == len(configs)
    assert {arm_config(name, Config()).method for name in ARMS} == set(METHODS)
    assert "kd/self" in BASELINES and CONTRAST == ("kd+instance", "kd")


def test_the_controls_are_those_of_the_design():
    base = Config()
    share, longer, double, hide, weights, targets = (arm_config(name, base) for name in CONTROLS)
    soft = (1 - base.lam) * (1 + 2 * base.beta)
    assert (1 - share.lam) / share.lam == pytest.approx(soft / base.lam) and share.weighting == "none"
    assert longer.epochs >= 1.15 * base.epochs and longer.weighting == "none", "the bar of an MSD step"
    assert double.epochs == 2 * base.epochs and double.weighting == "none"
    assert hide.hide == 0.3 and hide.weighting == "none"
    assert (weights.shuffle, targets.shuffle) == ("weights", "targets") and weights.weighting == "instance"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "kd+",
        "kd+inverse",
        "hint",
        "kd/sideways",
        "kd instance",
        "kd//hide",
        "kd+none",
        "kd/other",
        "kd+uniform/sufficiency",
        "kd/shuffled",
    ],
)
def test_a_name_that_is_no_arm_is_one_sentence(name):
    with pytest.raises(UserError):
        arm_config(name, Config())


def test_runs_are_paired_and_see_nothing_of_the_meta_split():
    plan = replace(PLAN, arms=ARMS, seeds=4)
    jobs = plan.runs(dict.fromkeys(product(ARMS, plan.conditions), 1e-3), Path("study"))
    assert len({job.folder for job in jobs}) == len(jobs) == 4 * len(ARMS)
    assert all(job.config.withhold and job.config.seed == job.seed for job in jobs)
    for seed in range(4):
        teachers = {Path(job.config.teacher).name for job in jobs if job.seed == seed}
        assert teachers == {str(seed % 2), f"self-{seed % 2}"}
    assert all(job.config.withhold for job in plan.teachers_needed()) and len(plan.teachers_needed()) == 4
    searched = {job.config.seed for job in plan.search("kd", plan.base, RATES, Path("study"))}
    assert searched == set(SEARCH_SEEDS) and not searched & {job.seed for job in jobs}


def test_curves_have_as_many_steps():
    plan = replace(PLAN, train_size=2000, epochs=40, sizes=(250, 2000, 4000, WHOLE), label_noise=(0.4,))
    rates = {("kd", condition): 1e-3 * place for place, condition in enumerate(plan.conditions, start=1)}
    jobs = plan.runs(rates, Path())
    assert all(job.config.rate == rates["kd", job.condition] for job in jobs)
    epochs = {job.condition.train_size: job.config.epochs for job in jobs}
    whole = round(0.9 * len(get_task("digits").examples("train")))
    assert epochs == {250: 320, 2000: 40, 4000: 20, WHOLE: round(80_000 / whole)}
    assert all(abs(epochs[size] * min(size, whole) / 80_000 - 1) < 0.15 for size in epochs)
    assert {job.config.label_noise for job in jobs} == {0, 0.4}
    assert replace(PLAN, sizes=()).conditions == (PLAN.base,)
    assert replace(PLAN, sizes=(whole, 10**6)).conditions == replace(PLAN, sizes=(WHOLE,)).conditions


def test_every_task_has_a_budget():
    for name, recipe in RECIPES.items():
        assert 0 < recipe.study_size <= 0.9 * len(get_task(name).examples("train")) and recipe.study_epochs > 0


@pytest.mark.parametrize(
    "wrong", [{"seeds": 1}, {"teachers": 0}, {"arms": ("kd", "kd")}, {"train_size": 0}, {"label_noise": (2.0,)},
              {"student": "gpt"}, {"task": "cats"}, {"arms": ("kd", "kd/double"), "epochs": 600}],
)  # fmt: skip
def test_plans_that_make_no_sense_are_one_sentence(wrong):
    with pytest.raises(UserError):
        replace(PLAN, **wrong)
