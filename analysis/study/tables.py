"""What the figures and sentences take from a study's tables, and how its numbers are written."""

import json

import pandas as pd

from analysis.study.arms import KD, in_words
from msd_core.models.bundled import report
from msd_core.study.arms import MAIN, ordered, other_teacher
from msd_core.study.plan import CONDITION
from msd_core.study.published import Study, at
from msd_core.study.statistics import Interval, paired_t
from msd_core.tasks import WHOLE
from msd_core.training.config import META
from msd_core.views import MODALITIES

SCORE = "test_both"


def teachers_score(study: Study) -> float:
    """The large teachers' mean score on the test split."""
    runs = study.base_runs
    return runs.loc[runs["arm"].map(other_teacher).isna(), "teacher_both"].mean()


def arms_of(study: Study) -> list[str]:
    """The arms that have runs under the base condition, in the order of the lesson."""
    return ordered(study.base_runs["arm"])


def differences(study: Study, against: str) -> dict[str, pd.Series]:
    """Every arm's difference from one arm under the base condition, by name."""
    here = at(study.contrasts, study.base)
    return {row["arm"]: row for _, row in here[here["against"] == against].iterrows()}


def settled(study: Study, one: str, other: str) -> Interval | None:
    """The difference between two arms under the base condition with Student's interval over the seeds in which both
    left the plateau. None with fewer than two."""
    runs = study.base_runs[study.base_runs["left"].notna()].set_index("seed")
    apart = (runs.loc[runs["arm"] == one, SCORE] - runs.loc[runs["arm"] == other, SCORE]).dropna()
    return paired_t(apart.to_numpy()) if len(apart) >= 2 else None


def by_evidence(study: Study, against: str) -> pd.DataFrame:
    """The arms' differences from one by what decides the label, the commonest first; empty where there is one kind."""
    rows = study.evidence[study.evidence["against"] == against]
    if rows["evidence"].nunique() < 2:
        return rows.iloc[:0]
    return rows.sort_values(["share", "evidence", "arm"], ascending=[False, True, True])


def curve(study: Study, column: str) -> pd.DataFrame:
    """The mean score of each arm while one column of the condition varies: `arm`, the column, `mean`, `low`, `high`
    (Student's 95 %; NaN for a single run) and `runs`. Empty where nothing varies; only arms that do vary."""
    others = [name for name in CONDITION if name != column]
    base = dict(zip(CONDITION, study.base, strict=True))
    runs = study.runs[(study.runs[others] == [base[name] for name in others]).all(axis=1)]
    rows = []
    for (arm, value), part in runs.groupby(["arm", column]):
        interval = paired_t(part[SCORE].to_numpy()) if len(part) > 1 else None
        ends = (interval.low, interval.high) if interval else (float("nan"), float("nan"))
        rows.append((arm, value, part[SCORE].mean(), *ends, len(part)))
    table = pd.DataFrame(rows, columns=["arm", column, "mean", "low", "high", "runs"])
    return table[table.groupby("arm")[column].transform("nunique") > 1]


def whole(task: str) -> int | None:
    """How many training examples `all` are, without the meta split; None where nobody counted."""
    counted = report().get(task, {}).get("examples")
    return counted and round(counted["train"] * (1 - META))


def learning(study: Study, arm: str) -> pd.Series:
    """The mean validation score of an arm's runs by epoch; long runs are not validated after every one."""
    runs = study.base_runs[study.base_runs["arm"] == arm]
    means = pd.DataFrame([json.loads(values) for values in runs["curve"]]).mean()
    return means.rename(lambda place: (place + 1) * runs["epochs"].iloc[0] / len(means))


def alone(study: Study) -> pd.DataFrame:
    """By arm the mean KL from the teacher (nats) on each modality alone: `kl_image`, `kl_text`, and averaged over other
    examples `marginal_kl_image`, `marginal_kl_text`."""
    columns = [f"{kind}_{modality}" for kind in ("kl", "marginal_kl") for modality in MODALITIES]
    return study.base_runs.groupby("arm")[columns].mean().loc[arms_of(study)]


def summary(study: Study) -> dict:
    """The study in plain data: metric, base condition, and every arm's mean and standard deviation there (0 to 1)."""
    runs = study.base_runs
    arms = [{"arm": arm, "words": in_words(arm), **_summary(runs[runs["arm"] == arm])} for arm in arms_of(study)]
    base = dict(zip(CONDITION, study.base, strict=True))
    return {"task": study.task, "metric": runs["metric"].iloc[0], "base": base, "arms": arms}


def _summary(runs: pd.DataFrame) -> dict:
    spread = None if len(runs) < 2 else float(runs[SCORE].std())
    return {"runs": len(runs), "lr": float(runs["lr"].iloc[0]), "mean": float(runs[SCORE].mean()), "sd": spread}


def caption(study: Study) -> str:
    """What the table of arms was made with."""
    runs, size = study.base_runs, size_of(study.base[0])
    return (
        f"{size[0].upper()}{size[1:]} training examples, {runs['epochs'].mode()[0]} epochs, the model "
        f"“{runs['model'].iloc[0]}”; {study.metric} on the test split in percent (the teachers’: "
        f"{100 * teachers_score(study):.2f}), differences in percentage points, over "
        f"the pairs of runs alone."
    )


def lines(study: Study) -> tuple[list[str], list[tuple[str, str, bool, list[str]]]]:
    """The table of arms: its header, and rows of (arm, words, whether named beforehand, cells)."""
    rows = []
    for arm in summary(study)["arms"]:
        contrast = study.contrast(arm["arm"], KD)
        cells = ["–"] * 3 if contrast is None else [points(contrast["mean"]), span(contrast), str(contrast["seeds"])]
        cells += [f"{100 * arm['mean']:.2f}", "–" if arm["sd"] is None else f"{100 * arm['sd']:.2f}"]
        cells += [str(arm["runs"]), f"{arm['lr']:g}"]
        rows.append((arm["arm"], arm["words"], contrast is not None and bool(contrast["named"]), cells))
    return ["Arm", f"Minus {KD}", "95 % (t)", "Pairs", "Test", "sd", "Runs", "lr"], rows


def first_arms(study: Study) -> list[str]:
    """The arms whose learning curves are drawn before anyone chooses."""
    arms = arms_of(study)
    return [arm for arm in MAIN if arm in arms] or arms[:1]


def points(share: float) -> str:
    """A difference in percentage points, signed."""
    return f"{round(100 * share, 2) + 0:+.2f}".replace("-", "−")  # no minus before a zero


def span(row: pd.Series, low: str = "low", high: str = "high") -> str:
    """An interval in percentage points."""
    return f"{points(row[low])} to {points(row[high])}"


def size_of(examples: float) -> str:
    """A number of training examples; what is more than any task has is all of them."""
    return "all" if examples >= WHOLE else f"{int(examples):,}"


def p_value(p: float) -> str:
    """A p-value with its sign of relation."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
