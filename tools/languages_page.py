"""The tables of docs/languages.md, from the study of emoji in the box."""

from pathlib import Path

import pandas as pd

from analysis.languages.scores import learned, study_means, study_scores
from msd_core.study import published
from msd_core.study.languages import NAMED, SHOWN
from msd_core.study.published import Study, load_study
from msd_core.tasks import load_task
from tools import naming_page, neighbours
from tools.markdown import fill, header, line

PAGE = Path(__file__).parents[1] / "docs" / "languages.md"
TASK = "emoji"
APART = "fa"  # that the teacher's text tower was not trained on: a control


def write_page() -> None:
    """Fill the tables in; do nothing where the study is not in the box. `UserError` where the page has no place for
    one."""
    if TASK not in published.published():
        return
    study = load_study(TASK)
    tables = {"named": _named(study), "recipes": _recipes(study), "languages": _by_language(study)}
    tables |= {"neighbours": _neighbours(), "misread": _misread(study), **naming_page.tables()}
    fill(PAGE, tables)


def _named(study: Study) -> list[str]:
    """The differences that were named beforehand."""
    rows = study.transfer[study.transfer["named"]].set_index(["arm", "against", "measure"])
    lines = header("arm", "minus", "on", "points", "95 % (t)", "p (Holm)", "to lie above", "does")
    for each in NAMED:
        if (key := (each.arm, each.against, each.measure)) not in rows.index:
            continue  # these arms did not run
        row = rows.loc[key]
        bar = "-" if each.bar is None else f"{100 * each.bar:+.0f}"
        does = "-" if each.bar is None else "yes" if row["low"] > each.bar else "no"
        cells = [f"`{each.arm}`", f"`{each.against}`", each.measure.replace("_", " "), _points(row["mean"])]
        lines.append(line(*cells, f"{_points(row['low'])} to {_points(row['high'])}", _p(row["holm"]), bar, does))
    return lines


def _recipes(study: Study) -> list[str]:
    """What every recipe scores in the languages learned from, in the others, and in the one that stands apart."""
    source = learned(load_task(TASK))
    known = _without(study, APART)
    means = study_means(known, source).set_index(["who", "view", "kind"])
    scores = study_scores(study).set_index(["who", "view", "language"])
    views = [view for view in SHOWN if view != "image"]
    titles = [f"{place}, {view}" for view in views for place in ("English", "12 others", "Persian")]
    lines = header("recipe", "runs", "image", *titles)
    for who in dict.fromkeys(means.index.get_level_values("who")):
        cells = [means.loc[(who, "image", "zero_shot")]]
        for view in views:
            cells += [means.loc[(who, view, kind)] for kind in ("source", "zero_shot")]
            cells.append(scores.loc[(who, view, APART)])
        lines.append(line(f"`{who}`", int(cells[0]["count"]), *map(_score, cells)))
    return lines


def _by_language(study: Study) -> list[str]:
    """What every recipe makes of the text alone, by language."""
    scores = study_scores(study)
    table = scores[scores["view"] == "text"].pivot_table("mean", "who", "language", sort=False)
    lines = header("recipe, text alone", *table.columns)
    return [*lines, *(line(f"`{who}`", *(f"{100 * each:.0f}" for each in row)) for who, row in table.iterrows())]


def _neighbours() -> list[str]:
    """The short studies, a line a pair of arms."""
    top = header("what", "data", "arm", "minus", "seeds", *neighbours.SHOWN.values())
    return [*top, *neighbours.rows(line, _difference)]


def _misread(study: Study) -> list[str]:
    """What misreading costs on the text alone, by language."""
    costs = neighbours.by_language("misread", study.languages)
    lines = header("misread minus clean, text alone", *costs.columns) if len(costs) else []
    return [*lines, *(line(f"`{arm}`", *(f"{100 * each:+.0f}" for each in row)) for arm, row in costs.iterrows())]


def _difference(row: dict) -> str:
    return f"{_points(row['mean'])} ({_points(row['low'])} to {_points(row['high'])})"


def _without(study: Study, code: str) -> Study:
    """The study as if a language were not among its own."""
    kept = [name for name in study.languages.columns if not name.endswith(f"_{code}")]
    return Study(study.task, study.runs, study.contrasts, study.search, study.evidence, study.languages[kept])


def _score(row: pd.Series) -> str:
    return f"{100 * row['mean']:.1f} ± {50 * (row['high'] - row['low']):.1f}"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}"


def _p(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"
