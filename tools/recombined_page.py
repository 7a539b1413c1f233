"""The study of recombined pairs in the box, and docs/recombined.md, which is made of it."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from msd_core.errors import UserError
from msd_core.storage import atomic_write
from msd_core.study import published
from msd_core.study.arms import BAR, CONTRAST, GRIDS, RECOMBINED, hyperparameters, ordered
from msd_core.study.contrasts import by_evidence
from msd_core.study.published import clean, named_rows, recombined_contrasts
from msd_core.study.statistics import paired_t
from msd_core.tasks import EVIDENCE as KINDS
from msd_core.tasks import WHOLE, load_task
from msd_core.views import MODALITIES
from tools.markdown import fill, header, line
from tools.students import by_label, measure

_ROOT = Path(__file__).parents[1]
PAGE, README = _ROOT / "docs" / "recombined.md", _ROOT / "README.md"
SIZE = 1000  # examples, of the table in the README
# of each study in the box, made as it is put there
STUDENTS, EVIDENCE, LABELS = "students.csv", "evidence.csv", "labels.csv"
_KEPT = ("plans.json", "runs.csv", "contrasts.csv", "search.csv")
_HEAD = """# The study of recombined pairs

Written by `python -m tools recombined` from the tables in `msd_core/bundled/recombined/`. Do not edit: run it. What the
pairs are is in [the method](method.md#recombined-pairs), what the numbers mean in [findings](findings.md).

Test scores on image and text together in percent, mean of the seeds; differences in percentage points, paired by seed,
with 95 % intervals: Student's over seeds, and BCa over seeds and test examples; p adjusted over the four tasks that
were named (Holm), one whose runs are not finished counting as 1. The three differences were named before any run; rate
and weights of every arm were searched on validation, each arm's own. What was changed after results were seen is in
[findings](findings.md#what-was-changed-after-results-were-seen).

Text only: the score of the best guess without the picture, by a model of words and all training examples. Left it: runs
of the two arms that ended above that on validation; the last column is the difference among the pairs in which both
did, chosen after the fact.
"""

_BY_EVIDENCE = "The same differences in the share of right answers, by what decides a label (exploratory):"
_STUDENTS = """What else changes in the students: KL from the teacher (nats) with both shown, and on one modality alone,
averaged over other examples; and of the first five seeds, in percent, the expected calibration error, what the best
additive approximation of the student scores (EMAP), and the share of its probabilities' variance that this explains:"""
_LABELS = """Of each label of a multi-label task the students' F1, and in brackets how often they name it. Has it: test
pairs; recombined: pictures with texts drawn for them, by the teacher. Where these two are apart, recombined pairs show
a label more or less often than it comes (exploratory):"""
_EXPLORATORY = """Arms whose differences were not named before their runs, their intervals not adjusted for how many
there are. Answers: thousands that the teacher gives to recombined pairs, or to what stands in their place; gain: points
more than `kd` for each thousand of them."""
_FLAGSHIP, _NONE = RECOMBINED[0][0], "kd"
_ARMS = ("ce", _NONE, BAR, CONTRAST[0], "fitnets", _FLAGSHIP, "fitnets/recombined")  # side by side
_COLUMNS = "task", "examples", "arm", "seeds", "test", f"minus `{_FLAGSHIP}`", "answers", "gain"


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
        place = published.RECOMBINED_STUDIES / study.name
        for name in _KEPT:
            with atomic_write(place / name) as temporary:
                shutil.copyfile(study / name, temporary)
        task, runs = load_task(study.name), clean(pd.read_csv(study / "runs.csv"))
        runs = runs[runs["arm"].isin(_ARMS)]
        parts = [by_evidence(task, study, of).assign(train_size=size) for size, of in runs.groupby("train_size")]
        tables = {
            STUDENTS: measure(task, study, runs), EVIDENCE: pd.concat(parts), LABELS: by_label(task, study, runs)
        }  # fmt: skip
        for name, table in tables.items():
            with atomic_write(place / name) as temporary:
                table.to_csv(temporary, index=False)
    write_page()


def _check(study: Path) -> None:
    contrasts = pd.read_csv(study / "contrasts.csv")
    for pair in RECOMBINED:
        if named_rows(contrasts, pair).empty:
            raise UserError(f"{study} was not planned with {' and '.join(pair)} named: run both in one plan.")


def write_page() -> None:
    """Write the page, and the table in the README, where there is a study."""
    files = sorted(published.RECOMBINED_STUDIES.glob("*/runs.csv"))
    if not files:
        return
    runs = clean(pd.concat([pd.read_csv(file) for file in files], ignore_index=True))
    others = [
        pd.concat([pd.read_csv(file.with_name(name)).assign(task=file.parent.name) for file in files])
        for name in (STUDENTS, EVIDENCE, LABELS)
    ]
    shown = runs["arm"].isin(_ARMS)
    sections = [
        _section(part, *(table[table["train_size"] == size] for table in (recombined_contrasts(), *others)))
        for size, part in runs[shown].groupby("train_size")
    ]
    with atomic_write(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join([*sections, _exploratory(runs, {*runs.loc[~shown, "arm"]})]))
    fill(README, {"recombined": _scores(runs[shown & (runs["train_size"] == SIZE)])})


def _scores(runs: pd.DataFrame) -> list[str]:
    """Mean test scores, a line a task."""
    arms = _arms(runs)
    lines = header("task", "seeds", "text only", "teacher", *(f"`{arm}`" for arm in arms))
    for task, here in runs.groupby("task"):
        scores = here.groupby("arm")["test_both"].mean()
        cells = (_score(scores[arm]) if arm in scores else "-" for arm in arms)
        references = (_score(here[name].mean()) for name in ("text_only", "teacher_both"))
        lines.append(line(task, here["seed"].nunique(), *references, *cells))
    return lines


def _arms(runs: pd.DataFrame) -> list[str]:
    """Those that stand side by side, of those that have runs."""
    return [arm for arm in _ARMS if (runs["arm"] == arm).any()]


def _section(
    runs: pd.DataFrame, contrasts: pd.DataFrame, students: pd.DataFrame, evidence: pd.DataFrame, labels: pd.DataFrame
) -> str:
    """The runs and differences of one size, and what else is known of its students."""
    arms = _arms(runs)
    title = _examples(runs["train_size"].iloc[0]).capitalize()
    lines = ["", f"## {title}", "", *_scores(runs)]
    for arm, against in RECOMBINED:
        rows = contrasts[(contrasts["arm"] == arm) & (contrasts["against"] == against)]
        lines += ["", f"`{arm}` minus `{against}`:", "", *_differences(rows)]
    lines += ["", _BY_EVIDENCE, "", *_by_evidence(evidence), "", _STUDENTS, "", *_students(runs, students)]
    if len(labels):
        lines += ["", _LABELS, "", *_by_label(labels, arms)]
    lines += ["", "What the search chose:", "", *header("task", *(f"`{arm}`" for arm in arms))]
    for task, here in runs.groupby("task"):
        first = {arm: part.iloc[0] for arm, part in here.groupby("arm")}
        lines.append(line(task, *(_settings(arm, first[arm]) if arm in first else "-" for arm in arms)))
    return "\n".join([*lines, ""])


def _by_evidence(evidence: pd.DataFrame) -> list[str]:
    """The named differences of the share of right answers, a line a task and difference."""
    lines = header("task", "difference", *KINDS)
    for task, here in evidence.groupby("task"):
        for arm, against in RECOMBINED:
            rows = here[(here["arm"] == arm) & (here["against"] == against)].set_index("evidence").to_dict("index")
            cells = (
                f"{100 * rows[kind]['mean']:+.2f} ({_interval(rows[kind], 'low', 'high')})" if kind in rows else "-"
                for kind in KINDS
            )
            lines.append(line(task, f"`{arm}` minus `{against}`", *cells))
    return lines


def _students(runs: pd.DataFrame, students: pd.DataFrame) -> list[str]:
    """What else changes in the students, a line a task and arm."""
    lines = header("task", "arm", "KL", "averaged: image", "averaged: text", "calibration error", "EMAP", "explained")
    for task, here in runs.groupby("task"):
        for arm in ordered(here["arm"]):
            of = here[here["arm"] == arm][["kl_both", *(f"marginal_kl_{m}" for m in MODALITIES)]].mean()
            measured = students[(students["task"] == task) & (students["arm"] == arm)].mean(numeric_only=True)
            shares = (_score(measured[name]) for name in ("calibration_error", "emap", "explained"))
            lines.append(line(task, f"`{arm}`", *(f"{value:.3f}" for value in of), *shares))
    return lines


def _by_label(labels: pd.DataFrame, arms: list[str]) -> list[str]:
    """F1 and how often a label is named, a line a task and label."""
    lines = header("task", "label", "has it", "recombined", *(f"`{arm}`" for arm in arms))
    for (task, label), here in labels.groupby(["task", "label"], sort=False):
        of = here.set_index("arm").to_dict("index")
        cells = (f"{_score(of[arm]['f1'])} ({_score(of[arm]['named'])})" if arm in of else "-" for arm in arms)
        lines.append(line(task, label, *(_score(here[name].mean()) for name in ("share", "recombined")), *cells))
    return lines


def _exploratory(runs: pd.DataFrame, arms: set[str]) -> str:
    """All other arms, held against recombined pairs as the study has them and against none."""
    if not arms:
        return ""
    lines = ["", "## Exploratory", "", _EXPLORATORY, "", *header(*_COLUMNS)]
    for (task, size), here in runs.groupby(["task", "train_size"]):
        by_arm = {arm: part.set_index("seed") for arm, part in here.groupby("arm")}
        if not arms & by_arm.keys():
            continue
        for arm in ordered({_FLAGSHIP, _NONE, *arms} & by_arm.keys()):
            lines.append(line(task, _examples(size), f"`{arm}`", *_against(by_arm, arm)))
    return "\n".join([*lines, ""])


def _against(by_arm: dict[str, pd.DataFrame], arm: str) -> list[object]:
    """The cells of an arm: seeds, score, what it has more than recombined pairs, answers and what these are worth."""
    own = by_arm[arm]
    apart = [(own["test_both"] - by_arm[other]["test_both"]).dropna() for other in (_FLAGSHIP, _NONE)]
    interval = paired_t(apart[0].to_numpy()) if arm != _FLAGSHIP and len(apart[0]) > 1 else None
    asked = own["pair_answers"].mean() / 1000
    return [
        len(own), _score(own["test_both"].mean()),
        "-" if interval is None else f"{100 * interval.mean:+.2f} ({_interval(asdict(interval), 'low', 'high')})",
        "-" if pd.isna(asked) else f"{asked:,.0f}",
        f"{100 * apart[1].mean() / asked:.3f}" if asked > 0 else "-",
    ]  # fmt: skip


def _differences(rows: pd.DataFrame) -> list[str]:
    lines = header("task", "pairs", "difference", "95 % (t)", "95 % (BCa)", "p (Holm)", "left it", "where both did")
    for row in rows.to_dict("records"):
        over_seeds, over_examples = _interval(row, "low", "high"), _interval(row, "bca_low", "bca_high")
        p = "< 0.0001" if row["holm"] < 1e-4 else f"{row['holm']:.4f}"
        left = " and ".join(f"{row['seeds'] * row[name]:.0f}" for name in ("left", "left_against"))
        settled = f"{100 * row['settled']:+.2f} ({row['settled_seeds']})" if row["settled_seeds"] else "-"
        apart = f"{100 * row['mean']:+.2f}"
        lines.append(line(row["task"], row["seeds"], apart, over_seeds, over_examples, p, left, settled))
    return lines


def _interval(row: dict, low: str, high: str) -> str:
    """- where there is none: of few seeds, and where every seed has its own test examples."""
    return "-" if pd.isna(row[low]) else f"{100 * row[low]:+.2f} to {100 * row[high]:+.2f}"


def _examples(size: int) -> str:
    return f"{'all' if size >= WHOLE else f'{size:,}'} examples"


def _settings(arm: str, run: pd.Series) -> str:
    """The rate and the weights of an arm's own terms."""
    names = {"recombine": "K"}
    own = (f"{names.get(name, name)} {_value(run[name])}" for name in hyperparameters(arm) if name in GRIDS)
    return ", ".join([f"lr {run['lr']:g}", *own])


def _value(number: float) -> str:
    return "all" if number >= WHOLE else f"{number:g}"


def _score(value: float) -> str:
    return f"{100 * value:.2f}"
