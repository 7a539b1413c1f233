"""The study of recombined pairs in the box, and docs/recombined.md, which is made of it."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from msd_core.errors import UserError
from msd_core.storage import atomic_write
from msd_core.study.arms import GRIDS, RECOMBINED, hyperparameters, ordered
from msd_core.study.plan import read_plans
from msd_core.study.statistics import holm
from msd_core.tasks import BOX, WHOLE
from tools.markdown import header, line

PLACE = BOX / "recombined"
PAGE = Path(__file__).parents[1] / "docs" / "recombined.md"
_KEPT = ("plans.json", "runs.csv", "contrasts.csv", "search.csv")
_HEAD = """# The study of recombined pairs

Written by `python -m tools recombined` from the tables in `msd_core/bundled/recombined/`. Do not edit: run it. What the
pairs are is in [the method](method.md#recombined-pairs), what the numbers mean in [findings](findings.md).

Test scores on image and text together in percent, mean of the seeds; differences in percentage points, paired by seed,
with 95 % intervals (Student's), p adjusted over the tasks of a size (Holm). The three differences were named before any
run; rate and weights of every arm were searched on validation, each arm's own.
"""


def publish(folder: Path) -> None:
    """Put the tables of the studies in a folder, one a task, into the box, and write the page. `UserError` where there
    is none, and where its differences are not those that were named before its runs."""
    studies = [each.parent for each in sorted(folder.glob("*/contrasts.csv"))]
    if not studies:
        raise UserError(
            f"{folder} holds no finished study: run msd study with --search-weights first, a folder a task."
        )
    for study in studies:
        _check(study)
        for name in _KEPT:
            with atomic_write(PLACE / study.name / name) as temporary:
                shutil.copyfile(study / name, temporary)
    write_page()


def _check(study: Path) -> None:
    entries = [each for each in read_plans(study / "plans.json") if "named" in each]
    contrasts = pd.read_csv(study / "contrasts.csv")
    seeds = {size: each["plan"]["seeds"] for each in entries for size in each["plan"]["sizes"]}
    for arm, against in RECOMBINED:
        if any([arm, against] not in each["named"] for each in entries) or not entries:
            raise UserError(f"{study} was not planned with {arm} and {against} named: run both in one plan.")
        rows = contrasts[(contrasts["arm"] == arm) & (contrasts["against"] == against)]
        for size, count in zip(rows["train_size"], rows["seeds"], strict=True):
            if count > seeds.get(size, 0):
                raise UserError(
                    f"{study} has {count} seeds at {size:,} examples, more than were named: leave them out."
                )


def write_page() -> None:
    """Write the page, where there is a study."""
    if not (studies := _studies()):
        return
    sizes = sorted({size for runs, _ in studies.values() for size in runs["train_size"]})
    with atomic_write(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join(_section(studies, size) for size in sizes))


def _studies() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """By task the runs and the differences."""
    folders = sorted(path.parent for path in PLACE.glob("*/contrasts.csv"))
    return {each.name: (pd.read_csv(each / "runs.csv"), pd.read_csv(each / "contrasts.csv")) for each in folders}


def _section(studies: dict[str, tuple[pd.DataFrame, pd.DataFrame]], size: int) -> str:
    title = "All examples" if size >= WHOLE else f"{size:,} examples"
    here = {
        task: tuple(each[each["train_size"] == size] for each in tables)
        for task, tables in studies.items()
        if (tables[0]["train_size"] == size).any()
    }
    arms = ordered({arm for runs, _ in here.values() for arm in runs["arm"]})
    lines = ["", f"## {title}", "", *header("task", "seeds", "teacher", *(f"`{arm}`" for arm in arms))]
    for task, (runs, _) in here.items():
        scores = runs.groupby("arm")["test_both"].mean()
        cells = (_score(scores[arm]) if arm in scores else "-" for arm in arms)
        lines.append(line(task, runs["seed"].nunique(), _score(runs["teacher_both"].mean()), *cells))
    for arm, against in RECOMBINED:
        rows = {task: _difference(contrasts, arm, against) for task, (_, contrasts) in here.items()}
        lines += ["", f"`{arm}` minus `{against}`:", "", *_differences({t: r for t, r in rows.items() if r})]
    lines += ["", "What the search chose:", "", *header("task", *(f"`{arm}`" for arm in arms))]
    for task, (runs, _) in here.items():
        first = {arm: part.iloc[0] for arm, part in runs.groupby("arm")}
        lines.append(line(task, *(_settings(arm, first[arm]) if arm in first else "-" for arm in arms)))
    return "\n".join([*lines, ""])


def _difference(contrasts: pd.DataFrame, arm: str, against: str) -> dict[str, Any] | None:
    rows = contrasts[(contrasts["arm"] == arm) & (contrasts["against"] == against)].to_dict("records")
    return rows[0] if rows else None


def _differences(rows: dict[str, dict[str, Any]]) -> list[str]:
    adjusted = holm([row["p"] for row in rows.values()])
    lines = header("task", "pairs", "difference", "95 % (t)", "p (Holm)")
    for (task, row), p in zip(rows.items(), adjusted, strict=True):
        mean, low, high = (f"{100 * row[name]:+.2f}" for name in ("mean", "low", "high"))
        lines.append(line(task, row["seeds"], mean, f"{low} to {high}", "< 0.0001" if p < 1e-4 else f"{p:.4f}"))
    return lines


def _settings(arm: str, run: pd.Series) -> str:
    """The rate and the weights of an arm's own terms."""
    names = {"recombine": "K"}
    own = (f"{names.get(name, name)} {_value(run[name])}" for name in hyperparameters(arm) if name in GRIDS)
    return ", ".join([f"lr {run['lr']:g}", *own])


def _value(number: float) -> str:
    return "all" if number >= WHOLE else f"{number:g}"


def _score(value: float) -> str:
    return f"{100 * value:.2f}"
