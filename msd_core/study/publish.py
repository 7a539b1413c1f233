"""Puts a study's tables into the box, and the pages that are made of them."""

import re
import shutil
from pathlib import Path

import pandas as pd

from msd_core.errors import UserError
from msd_core.recipes import RECIPES
from msd_core.storage import new_file
from msd_core.study import published
from msd_core.study.arms import ARMS, BAR, CONTRAST
from msd_core.study.plan import read_plans
from msd_core.study.published import Study, at, load_study, named_contrasts
from msd_core.views import MODALITIES

_ROOT = Path(__file__).parents[2]
PAGE, README = _ROOT / "docs" / "study.md", _ROOT / "README.md"
_BEGIN, _END = "<!-- study: begin -->", "<!-- study: end -->"
_HEAD = f"""# The study

Written by `python -m msd_core study --publish` from the tables in `msd_core/bundled/studies/`. Do not edit: run it.
What the numbers mean is in [findings](findings.md), how they were made in [the method](method.md#studies).

Differences are of the test metric on image and text together, in percentage points, arm minus `kd`, paired by seed,
with 95 % intervals: Student's over seeds, and BCa over seeds and test examples. One difference was named before any
run: `{CONTRAST[0]}` minus `{CONTRAST[1]}`. **All others are exploratory**: their intervals are not adjusted for how
many there are. KL (nats) is the student's from its teacher on one modality alone; `averaged` hides the other by
averaging over 64 training examples instead of by the null embedding ([why both](method.md#views)).
"""
_COLUMNS = (
    "arm", "runs", "rate", "test (sd)", "minus kd", "95 % (t)", "95 % (BCa)", f"minus {BAR} (t)", "KL image", "KL text",
    "averaged: image", "averaged: text",
)  # fmt: skip


def publish(folder: Path, task: str) -> None:
    """Copy the plans and tables of the study in `folder`, and write docs/study.md and the README's table anew.

    `UserError` where the study is not under the task's own budget, or lacks the difference named beforehand.
    """
    plan, recipe = read_plans(folder / "plans.json")[0]["plan"], RECIPES[task]
    if (plan["train_size"], plan["epochs"]) != (recipe.study_size, recipe.study_epochs):
        raise UserError("Only studies under the task's own budget are published: leave out --train-size and --epochs.")
    if not pd.read_csv(folder / "contrasts.csv")["named"].any():
        raise UserError(f"The study lacks the difference named beforehand: run --arms {','.join(CONTRAST)}.")
    for name in ("plans.json", "runs.csv", "contrasts.csv", "search.csv"):
        with new_file(published.STUDIES / task / name) as temporary:
            shutil.copyfile(folder / name, temporary)
    write_pages()


def write_pages() -> None:
    """docs/study.md, and the table in the README, from the studies in the box."""
    with new_file(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join(_section(load_study(task)) for task in published.published()))
    text = README.read_text()
    if _BEGIN not in text or _END not in text:
        raise UserError(f"README.md has no place for the table: put {_BEGIN} and {_END} where it should stand.")
    table = "\n".join(["", *_named_table(), ""])
    with new_file(README) as temporary:
        temporary.write_text(re.sub(f"{_BEGIN}.*?{_END}", lambda _: _BEGIN + table + _END, text, flags=re.S))


def _named_table() -> list[str]:
    lines = _header("task", "runs", "kd", "kd + instance", "difference", "95 % (t)", "95 % (BCa)", "p (Holm)")
    for row in named_contrasts().to_dict("records"):
        scores = load_study(row["task"]).base_runs.groupby("arm")["test_both"].mean()
        cells = [row["task"], f"2 x {row['seeds']}", _score(scores[CONTRAST[1]]), _score(scores[CONTRAST[0]])]
        lines.append(_line(*cells, *_difference(row), _p(row["holm"])))
    return lines


def _section(study: Study) -> str:
    runs = study.base_runs
    first, large = runs.iloc[0], runs[~runs["teacher"].astype(str).str.startswith("self")]
    metric = {"accuracy": "accuracy", "macro_f1": "macro F1"}[first["metric"]]
    said = (
        f"{first['train_size']:,} training examples, {first['epochs']} epochs, student `{first['student']}`; {metric}"
    )
    said += f" in percent, the teachers' {_score(large['teacher_both'].mean())}."
    lines = [_arm(study, arm, runs[runs["arm"] == arm]) for arm in ARMS if (runs["arm"] == arm).any()]
    return "\n".join([f"\n## {study.task}\n", said, "", *_header(*_COLUMNS), *lines, "", *_search(study), ""])


def _search(study: Study) -> list[str]:
    """The mean validation score of every rate that was tried: what hangs on the choice, and arms at equal rates."""
    scores = at(study.search, study.base).groupby(["arm", "rate"])["validation_both"].mean().unstack()
    arms = [arm for arm in ARMS if arm in scores.index]
    lines = [_line(f"`{arm}`", *("-" if v != v else _score(v) for v in scores.loc[arm])) for arm in arms]
    said = "The search of learning rates: validation after the last epoch, mean of its seeds; - where none was tried."
    return [said, "", *_header("arm", *(f"{rate:g}" for rate in scores.columns)), *lines]


def _arm(study: Study, arm: str, runs) -> str:
    against, bar = study.contrast(arm, CONTRAST[1]), study.contrast(arm, BAR)
    return _line(
        f"**`{arm}`** (named)" if arm == CONTRAST[0] else f"`{arm}`",
        len(runs),
        f"{runs['rate'].iloc[0]:g}",
        f"{_score(runs['test_both'].mean())} ({_score(runs['test_both'].std())})",
        *(["-"] * 3 if against is None else _difference(against)),
        "-" if bar is None else "{} ({})".format(*_difference(bar)[:2]),
        *(f"{runs[f'kl_{m}'].mean():.3f}" for m in MODALITIES),
        *(f"{runs[f'marginal_kl_{m}'].mean():.3f}" for m in MODALITIES),
    )


def _difference(row) -> list[str]:
    """A difference and its two intervals, in percentage points."""
    ends = [f"{_points(row[low])} to {_points(row[high])}" for low, high in (("low", "high"), ("bca_low", "bca_high"))]
    return [_points(row["mean"]), *ends]


def _header(*cells: str) -> list[str]:
    return [_line(*cells), "|---" + "|---:" * (len(cells) - 1) + "|"]


def _line(*cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _score(value: float) -> str:
    return f"{100 * value:.2f}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def _p(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"
