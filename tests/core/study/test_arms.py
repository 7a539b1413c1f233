"""Arms by name: each a config of its own, the controls of the design among them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.study.arms import (
    ARMS,
    BASELINES,
    CONTRAST,
    CONTROLS,
    COUNTS,
    LANGUAGES,
    OPTIONS,
    QUESTIONS,
    REFERENCES,
    TEACHERS,
    WEIGHTED,
    arm_config,
    check_arms,
    ordered,
    other_teacher,
)
from msd_core.tasks import WHOLE
from msd_core.training.config import PAIRS, Config


def test_every_arm_is_a_config_and_its_own():
    for arms in (ARMS, LANGUAGES):
        configs = [arm_config(name, Config()) for name in arms if not other_teacher(name)]
        assert len(set(configs)) == len(configs)
    assert {arm_config(name, Config()).method for name in ARMS} == set(METHODS)
    assert [name for name in ARMS if other_teacher(name)] == ["kd/self"] and "kd/self" in BASELINES
    assert CONTRAST == ("kd+instance", "kd") and set(REFERENCES) <= set(ARMS)


def test_the_controls_are_those_of_the_design():
    base = Config()
    share, longer, double, hide, weights, targets = (arm_config(name, base) for name in CONTROLS)
    soft = (1 - base.lam) * (1 + 2 * base.beta)
    assert (1 - share.lam) / share.lam == pytest.approx(soft / base.lam) and share.weighting == "none"
    assert longer.epochs >= 1.15 * base.epochs and longer.weighting == "none", "the bar of an MSD step"
    assert double.epochs == 2 * base.epochs and double.weighting == "none"
    assert hide.modality_dropout == 0.3 and hide.weighting == "none"
    assert (weights.shuffle, targets.shuffle) == ("weights", "targets") and weights.weighting == "instance"


def test_weightings_follow_saliency_the_way_their_name_has_it():
    configs = {name: arm_config(name, Config()) for name in WEIGHTED}
    for name, config in configs.items():
        assert config.weighting == name.split("+")[1].split("/")[0]
        assert config.direction == ("other" if "/other" in name else "own")
        assert config.saliency == ("sufficiency" if "/sufficiency" in name else "necessity")


@pytest.mark.parametrize(
    "name",
    ["", "kd+", "kd+inverse", "hint", "kd/sideways", "kd instance", "kd//hide", "kd+none", "kd/other",
     "kd+uniform/sufficiency", "kd/shuffled", "kd/targets-shuffled", "kd+learned/other", "kd/thawed",
     "kd/thawed/pretrained", "kd/half", "ce/softly/pretrained", "kd+instance/text-only", "fitnets/text-only",
     "ce/cross-fitted", "ce/keywords", "fitnets/cross-fitted"],
)  # fmt: skip
def test_a_name_that_is_no_arm_is_one_sentence(name):
    with pytest.raises(UserError) as error:
        arm_config(name, Config())
    assert "\n" not in str(error.value)


@given(name=st.text("kdce+/inta orh", max_size=20) | st.sampled_from(ARMS))
def test_any_name_is_an_arm_or_one_sentence(name):
    try:
        assert isinstance(arm_config(name, Config()), Config)
    except UserError as error:
        assert name not in ARMS and "\n" not in str(error)


def test_every_option_changes_something():
    for option in OPTIONS:
        of_instance = option in (
            "other", "sufficiency", "shuffled", "targets-shuffled", "features", "features-too"
        )  # fmt: skip
        of_tower = option in ("thawed", "half", "softly", "keywords")
        counts = *(f"k{count}" for count in COUNTS), *(f"q{count}" for count in QUESTIONS)
        of_pairs = option in ("all", "pairs-shuffled", *PAIRS, *counts)
        heads = {
            "kd+instance": of_instance,
            "kd/pretrained": of_tower,
            "kd/recombined": of_pairs,
            "kd": True,
        }
        head = next(head for head, of_this in heads.items() if of_this)
        changed = arm_config(f"{head}/{option}", Config(), "table.csv") != arm_config(head, Config())
        assert changed or other_teacher(f"{head}/{option}") == option in TEACHERS


def test_smoothing_and_noise_are_the_students_or_the_teachers():
    base = Config(method="ce", weighting="none")
    assert arm_config("ce/smoothed", base) == replace(base, label_smoothing=0.1)
    assert arm_config("ce/noisy", base) == replace(base, text_noise=0.2)
    for name in ("kd/smoothed-self", "kd/smoothed-teacher"):
        assert arm_config(name, base) == arm_config("kd", base), "only the teacher is another"
    assert arm_config("kd/cross-fitted", base) == replace(arm_config("kd", base), cross_fit=5)
    assert other_teacher("kd/self/noisy") == "self" and other_teacher("ce/smoothed") is None


def test_recipes_across_languages_are_what_their_names_say():
    configs = {name: arm_config(name, Config()) for name in LANGUAGES}
    before = {"pretrained": "kd", "translated": "translation", "itself": "itself"}
    for name, config in configs.items():
        options = name.split("/")[1:]
        assert config.pretraining == next((before[each] for each in options if each in before), "none")
        assert (config.freeze_text == "all") == (config.pretraining != "none" and "thawed" not in options)
        assert (config.texts > 0) == ("texts" in options) and (config.view == "text") == ("text-only" in options)
    assert {other_teacher(name) for name in LANGUAGES} == {None, "minilm", "scratch"}
    assert [name for name in ordered(LANGUAGES) if name not in ARMS] == [n for n in LANGUAGES if n not in ARMS]


def test_an_arm_named_twice_is_one_sentence():
    check_arms(list(ARMS))
    with pytest.raises(UserError, match="named twice"):
        check_arms(["kd", "ce", "kd"])


def test_arms_come_in_the_order_of_the_lesson():
    assert ordered(["sp/double", "crd", "kd+instance", "ce", "kd/hide", "ce", "dkd/double"]) == [
        "ce", "kd+instance", "kd/hide", "crd", "dkd/double", "sp/double",
    ]  # fmt: skip


def test_recombined_pairs_are_as_their_options_say():
    base = Config()
    few, every, shuffled, hard, paid = (
        arm_config(f"kd/recombined/{option}", base)
        for option in ("k1", "all", "pairs-shuffled", "disagreement", "q4000")
    )
    assert arm_config("kd/recombined", base) == replace(arm_config("kd", base), recombine=8)
    assert (few.recombine, every.recombine, shuffled.shuffle, hard.pairs) == (1, WHOLE, "recombined", "disagreement")
    assert (paid.questions, paid.pairs, paid.recombine) == (4000, "split", 8)
    for name in ("kd/all", "kd/pairs-shuffled/recombined", "kd/k4"):
        with pytest.raises(UserError, match="name recombined before it"):
            arm_config(name, base)
    assert other_teacher("kd/recombined/untrained") == "untrained"
