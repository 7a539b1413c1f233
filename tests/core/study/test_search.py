"""The search of settings: every hyperparameter climbs on validation, and the same way for every arm."""

import json
import math

import pytest

from msd_core.study.arms import GRIDS, RECOMBINED, arm_config, hyperparameters
from msd_core.study.plan import LIMITS, LRS, RATES, SEARCH_SEEDS, Plan
from msd_core.study.search import FINAL_SEEDS, FINALISTS, search
from msd_core.tasks import WHOLE
from msd_core.training.config import Config

ARMS = ("kd", "kd+uniform", "fitnets", "kd/recombined", "fitnets/recombined")


def climbed(tmp_path, best: dict[str, float], search_weights=True, arms=ARMS, stuck=lambda config: False):
    """The settings that are chosen where validation is best at these, and runs that get `stuck` are far behind; and
    the trials."""
    plan, jobs = Plan("digits", arms, 100, 1, search_weights=search_weights), []

    def do(stage, some):
        assert stage == "Search of settings"
        for job in some:
            folder = tmp_path / job.folder
            if folder.exists():
                continue
            jobs.append(job)
            folder.mkdir(parents=True)
            away = sum(abs(math.log2((getattr(job.config, name) or 1) / value)) for name, value in best.items())
            away += 100 * stuck(job.config)
            history = [{"metrics": {"both": {"accuracy": -away}}}]
            (folder / "metrics.json").write_text(json.dumps({"history": history}))
            (folder / "result.json").write_text(json.dumps({"metric": "accuracy"}))

    return search(do, tmp_path, plan, list(arms), 1000), jobs, plan.base


@pytest.fixture(autouse=True)
def plain_files(monkeypatch):
    """Files of these runs are not sealed."""
    read = lambda path: json.loads(path.read_text())  # noqa: E731
    monkeypatch.setattr("msd_core.study.results.read_json", read)
    monkeypatch.setattr("msd_core.training.runs.read_json", read)


def test_every_hyperparameter_climbs_to_the_best(tmp_path):
    best = {"lr": 1.6e-2, "alpha": 16, "beta": 0.25, "gamma": 32, "recombine": WHOLE}
    chosen, jobs, base = climbed(tmp_path, best)
    for arm in ARMS:
        own = hyperparameters(arm)
        assert {*chosen[arm, base]} == {"lr", *own}
        assert chosen[arm, base] == pytest.approx({name: best[name] for name in ("lr", *own)})
    names = [job.folder for job in jobs]
    assert len(names) == len({*names})
    configs = [(job.arm, json.dumps(job.config.to_dict())) for job in jobs]
    assert len(configs) == len({*configs}), "nothing is tried twice"


def test_without_weights_rates_alone_are_searched(tmp_path):
    chosen, _, base = climbed(tmp_path, {"lr": 1e-3}, search_weights=False)
    assert all(chosen[arm, base] == {"lr": 1e-3} for arm in ARMS)


def test_a_hyperparameter_stops_at_its_first_peak(tmp_path):
    _, jobs, _ = climbed(tmp_path, {"lr": 2e-3, "alpha": 1}, arms=("kd",))
    assert {job.config.lr for job in jobs} == {*LRS} and {job.config.alpha for job in jobs} == {0.25, 1, 4}


def test_a_setting_at_which_runs_get_stuck_does_not_win_by_two_seeds(tmp_path):
    best = {"lr": 8e-3, "alpha": 4}
    stuck = lambda config: config.seed == FINAL_SEEDS[0] and config.lr == 8e-3 and config.alpha == 4  # noqa: E731
    chosen, jobs, base = climbed(tmp_path, best, arms=("kd",), stuck=stuck)
    assert chosen["kd", base] != best and sum(math.log2(chosen["kd", base][name] / best[name]) for name in best) == -1
    final = [job.config for job in jobs if job.config.seed in FINAL_SEEDS]
    assert len(final) == FINALISTS * len(FINAL_SEEDS)
    chosen, jobs, base = climbed(tmp_path / "other", best, arms=("kd",))
    assert chosen["kd", base] == best
    _, jobs, _ = climbed(tmp_path / "rates", best, False, arms=("kd",))
    assert {job.config.seed for job in jobs} == {*SEARCH_SEEDS}, "studies of rates alone are as they were"


def test_hyperparameters_are_the_weights_of_an_arms_own_terms():
    assert [hyperparameters(arm) for arm in ("ce", *ARMS)] == [
        (), ("alpha",), ("beta",), ("alpha",), ("gamma", "recombine"), ("alpha", "gamma", "recombine"),
    ]  # fmt: skip
    assert hyperparameters("kd/recombined/k4") == hyperparameters("kd/recombined/all") == ("gamma",)
    assert all(getattr(arm_config(arm, Config()), name) in GRIDS[name] for arm in ARMS for name in hyperparameters(arm))
    assert {*LRS} <= {*RATES} and (RATES[0], RATES[-1]) == LIMITS


def test_what_is_named_beforehand_is_written_down():
    assert Plan("digits", ARMS, 100, 1).named_pairs == [*RECOMBINED]
    assert Plan("digits", ("kd", "kd/recombined"), 100, 1).named_pairs == []
