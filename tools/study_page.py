"""What docs/study.md and the README say of the studies in the box."""

from pathlib import Path

import pandas as pd

from msd_core.storage import atomic_write
from msd_core.study import published
from msd_core.study.arms import BAR, CONTRAST, REFERENCES, ordered, other_teacher
from msd_core.study.plan import CONDITION
from msd_core.study.published import Study, at, load_study, named_contrasts
from msd_core.tasks import WHOLE
from msd_core.views import MODALITIES
from tools.markdown import check_places, fill, header, line

_ROOT = Path(__file__).parents[1]
PAGE, README = _ROOT / "docs" / "study.md", _ROOT / "README.md"
_PLACE = "study"  # of the table in the README
_HEAD = f"""# The study

Written by `python -m tools publish` from the tables in `msd_core/bundled/studies/`. Do not edit: run it.
What the numbers mean is in [findings](findings.md), how they were made in [the method](method.md#studies).

Differences are of the test metric on image and text together, in percentage points, arm minus `kd`, paired by seed
(over the pairs alone, so not always the difference of two columns), with 95 % intervals: Student's over seeds, and BCa
over seeds and test pictures. One difference was named before any run: `{CONTRAST[0]}` minus `{CONTRAST[1]}`. **All
others are exploratory**: their intervals are not adjusted for how many there are. KL (nats) is the student's from its
teacher on one modality alone; `averaged` hides the other by averaging over 64 training examples instead of by the null
embedding ([why both](method.md#views)).
"""
_COLUMNS = (
    "arm", "runs", "lr", "test (sd)", "pairs", "minus kd", "95 % (t)", "95 % (BCa)", f"minus {BAR} (t)",
    f"minus {CONTRAST[0]} (t)", "KL image", "KL text",
    "averaged: image", "averaged: text",
)  # fmt: skip


def check_place() -> None:
    """`UserError` where the README has no place for its table."""
    check_places(README, _PLACE)


def write_pages() -> None:
    """docs/study.md, and the table in the README, from the studies in the box."""
    with atomic_write(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join(_section(load_study(task)) for task in published.published()))
    fill(README, {_PLACE: _named_table()})


def _named_table() -> list[str]:
    lines = header("task", "runs", "kd", "kd + instance", "difference", "95 % (t)", "95 % (BCa)", "p (Holm)")
    for row in named_contrasts().to_dict("records"):
        runs = load_study(row["task"]).base_runs
        scores = runs[runs["seed"] < row["seeds"]].groupby("arm")["test_both"].mean()
        cells = [row["task"], f"2 x {row['seeds']}", _score(scores[CONTRAST[1]]), _score(scores[CONTRAST[0]])]
        lines.append(line(*cells, *_difference(row), _p(row["holm"])))
    return lines


def _section(study: Study) -> str:
    runs = study.base_runs
    first, large = runs.iloc[0], runs[runs["arm"].map(other_teacher).isna()]
    heading = (
        f"{first['train_size']:,} training examples, {first['epochs']} epochs, student `{first['model']}`; "
        f"{study.metric} in percent, the teachers' {_score(large['teacher_both'].mean())}."
    )
    lines = [_arm(study, arm, runs[runs["arm"] == arm]) for arm in ordered(runs["arm"])]
    parts = [*_evidence(study), *_elsewhere(study), *_search(study)]
    return "\n".join([f"\n## {study.task}\n", heading, "", *header(*_COLUMNS), *lines, "", *parts, ""])


def _evidence(study: Study) -> list[str]:
    """Where the differences from `kd` lie; nothing where one kind of evidence decides every label."""
    rows = study.evidence[study.evidence["against"] == CONTRAST[1]]
    shares = rows.groupby("evidence")["share"].first()
    if len(shares) < 2:
        return []
    heading = "Share of right answers, minus `kd`, by what decides the label (with its share of the labels); 95 % (t)."
    cells = {(row["arm"], row["evidence"]): "{} ({})".format(*_difference(row)) for _, row in rows.iterrows()}
    top = header("arm", "pairs", *(f"{kind} ({share:.0%})" for kind, share in shares.items()))
    pairs = rows.groupby("arm")["seeds"].first()
    arms = ordered(rows["arm"])
    return [heading, "", *top, *(line(f"`{a}`", pairs[a], *(cells[a, k] for k in shares.index)) for a in arms), ""]


def _elsewhere(study: Study) -> list[str]:
    """The arms under the conditions of the curves; nothing where there is no curve."""
    lines = []
    for condition, runs in study.runs.groupby(CONDITION):
        if condition != study.base:
            lines += [_at(study, condition, arm, runs[runs["arm"] == arm]) for arm in ordered(runs["arm"])]
    if not lines:
        return []
    top = header(
        "examples", "wrong labels", "misread", "arm", "runs", "epochs", "lr", "test (sd)", "minus kd", "95 % (t)",
        "averaged: image", "averaged: text",
    )  # fmt: skip
    return ["Under other conditions, rates searched for each:", "", *top, *lines, ""]


def _at(study: Study, condition: tuple, arm: str, runs) -> str:
    size, noise, misread = condition
    contrast = study.contrast(arm, CONTRAST[1], condition)
    return line(
        "all" if size >= WHOLE else f"{size:,}",
        f"{noise:.0%}",
        f"{misread:.0%}",
        f"`{arm}`",
        len(runs),
        runs["epochs"].iloc[0],
        f"{runs['lr'].iloc[0]:g}",
        f"{_score(runs['test_both'].mean())} ({_score(runs['test_both'].std())})",
        *(["-"] * 2 if contrast is None else _difference(contrast)[:2]),
        *(f"{runs[f'marginal_kl_{m}'].mean():.3f}" for m in MODALITIES),
    )


def _search(study: Study) -> list[str]:
    """The mean validation score of every rate that was tried: what hangs on the choice, and arms at equal rates."""
    scores = at(study.search, study.base).groupby(["arm", "lr"])["validation_both"]
    cells = scores.agg(lambda runs: "diverged" if runs.isna().any() else _score(runs.mean())).unstack(fill_value="-")
    chosen = [arm for arm in ordered(study.base_runs["arm"]) if arm in cells.index]
    lines = [line(f"`{arm}`", *cells.loc[arm]) for arm in chosen]
    heading = "The search of learning rates: validation after the last epoch, mean of its seeds; - where not tried."
    return [heading, "", *header("arm", *(f"{rate:g}" for rate in cells.columns)), *lines]


def _arm(study: Study, arm: str, runs) -> str:
    against, *others = (study.contrast(arm, reference) for reference in REFERENCES)
    return line(
        f"**`{arm}`** (named)" if arm == CONTRAST[0] else f"`{arm}`",
        len(runs),
        f"{runs['lr'].iloc[0]:g}",
        f"{_score(runs['test_both'].mean())} ({_score(runs['test_both'].std())})",
        *(["-"] * 4 if against is None else (against["seeds"], *_difference(against))),
        *("-" if other is None else "{} ({})".format(*_difference(other)[:2]) for other in others),
        *(f"{runs[f'kl_{m}'].mean():.3f}" for m in MODALITIES),
        *(f"{runs[f'marginal_kl_{m}'].mean():.3f}" for m in MODALITIES),
    )


def _difference(row) -> list[str]:
    """A difference and its intervals, in percentage points."""
    ends = [(row.get(low), row.get(high)) for low, high in (("low", "high"), ("bca_low", "bca_high"))]
    spans = ["-" if pd.isna(low) else f"{_points(low)} to {_points(high)}" for low, high in ends]
    return [_points(row["mean"]), *spans]


def _score(value: float) -> str:
    return f"{100 * value:.2f}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def _p(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"
