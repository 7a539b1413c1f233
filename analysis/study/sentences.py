"""What a study's numbers do and do not show, in plain sentences: one for the whole, one for each figure."""

from dataclasses import dataclass

import pandas as pd

from analysis.study.arms import BAR, BASELINES, CONTROLS, KD, NAMED
from analysis.study.tables import (
    alone,
    by_evidence,
    curve,
    differences,
    p_value,
    points,
    settled,
    size_of,
    span,
)
from analysis.words import listed
from msd_core.study.arms import RECOMBINED
from msd_core.study.published import NAMED_TASKS, Study, named_rows
from msd_core.study.statistics import Interval
from msd_core.views import MODALITIES

ENOUGH = 20  # pairs of runs: fewer are called few
_LEVEL = 0.05  # of p, adjusted over the tasks
_CASES = {
    "train_size": "with {} training examples",
    "label_noise": "with {} % wrong labels",
    "corrupt_text": "with {} % misread words",
}


_DECIDED = {
    "both": "only image and text together decide",
    "image": "the image alone decides",
    "text": "the text alone decides",
    "either": "either modality decides",
}


@dataclass(frozen=True)
class Summary:
    """A `headline` and a `detail` on the difference named beforehand, and `notes` on what is exploratory."""

    headline: str
    detail: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """All of it."""
        return [each for each in (self.headline, self.detail, *self.notes) if each]


def summarize(study: Study, named: pd.DataFrame) -> Summary:
    """What the study of a task shows; `named` has the named difference of every task, with p adjusted over them."""
    row = study.contrast(NAMED, KD)
    if row is None:
        return Summary(
            f"This study has no pairs of runs of {NAMED} and {KD}: the difference named beforehand is not known."
        )
    ours = named[named["task"] == study.task]
    holm, tasks = (float(ours["holm"].iloc[0]), len(NAMED_TASKS)) if len(ours) else (float(row["p"]), 1)
    verdict = verdict_of(row, holm)
    reached = f"{_reach(study, 'control', ('ce', *CONTROLS))}. {_reach(study, 'other method', BASELINES)}"
    claims = f"{_bar(study)}. {reached}", _plateau(study, row, verdict)
    notes = tuple(f"Exploratory: {each}." for each in claims if each)
    return Summary(_headline(study, row, verdict), f"A difference {_detail(row, verdict, holm, tasks)}", notes)


def verdict_of(row: pd.Series, holm: float) -> str:
    """Whether a difference is `above` 0, `below` it, or `open`: by its interval, and by p adjusted over the tasks."""
    if holm > _LEVEL or row["low"] <= 0 <= row["high"]:
        return "open"
    return "above" if row["low"] > 0 else "below"


def _headline(study: Study, row: pd.Series, verdict: str) -> str:
    if verdict == "open":
        return f"MSD ({NAMED}) and plain {KD} do not differ clearly."
    least = ", on these test examples at least" if row["bca_low"] <= 0 <= row["bca_high"] else ""
    over = "" if study.transfer.empty else " over all languages of the test split, most of them without labels"
    return f"MSD ({NAMED}) scores {_size(row['mean'])} points of {study.metric} {verdict} plain {KD}{over}{least}."


def _detail(row: pd.Series, verdict: str, holm: float, tasks: int) -> str:
    few = "only " if row["seeds"] < ENOUGH else ""
    p = f"Holm {p_value(holm)} over {tasks} tasks" if tasks > 1 else p_value(holm)
    size = f"{points(row['mean'])} points, " if verdict == "open" else ""  # the headline has it otherwise
    sentence = f"named before any run: {size}95 % interval {span(row)}, from {few}{row['seeds']} pairs of runs; {p}."
    if verdict == "open" and not row["low"] <= 0 <= row["high"]:
        return f"{sentence} Its interval excludes 0, but p adjusted over all tasks is too large."
    if verdict != "open" and row["bca_low"] <= 0 <= row["bca_high"]:
        return f"{sentence} Over other test examples it may also be 0: {span(row, 'bca_low', 'bca_high')}."
    return sentence


def _bar(study: Study) -> str:
    """Whether weighting by saliency beats equal weights."""
    row = study.contrast(NAMED, BAR)
    if row is None:
        return f"the study has no {BAR}, so whether saliency adds to equal weights is not known"
    if row["low"] <= 0 <= row["high"]:
        return f"it does not differ clearly from equal weights ({BAR}): {points(row['mean'])} points, {span(row)}"
    verb = "scores above" if row["low"] > 0 else "scores below"
    return f"it {verb} equal weights ({BAR}) by {_size(row['mean'])} points, {span(row)}"


def _reach(study: Study, what: str, arms: tuple[str, ...]) -> str:
    """Which of some arms reach MSD."""
    rows = {arm: row for arm in arms if (row := study.contrast(arm, NAMED)) is not None}
    if not rows:
        return f"The study has no {what}s"
    better = [arm for arm, row in rows.items() if row["low"] > 0]
    level = [arm for arm, row in rows.items() if row["low"] <= 0 <= row["high"]]
    if not better and not level:
        return f"It scores above {f'the only {what}' if len(rows) == 1 else f'all {len(rows)} {what}s'}"
    parts = [f"{listed(better)} {_do(better, 'score', 'scores')} above it"] if better else []
    parts += [f"{listed(level)} {_do(level, 'do', 'does')} not differ clearly from it"] if level else []
    return f"{what.capitalize()}s ({len(rows)}): {'; '.join(parts)}"


def _do(arms: list[str], many: str, one: str) -> str:
    return one if len(arms) == 1 else many


def _size(difference: float) -> str:
    return points(abs(difference)).lstrip("+")


def _plateau(study: Study, row: pd.Series, verdict: str) -> str:
    """Whether the difference is a matter of leaving the plateau at all, or sooner."""
    if study.base_runs["text_only"].isna().all():
        return ""
    if not row["left"] and not row["left_against"]:
        return "no run of either got past the best guess without the picture"
    sooner = f"on average in epoch {row['epochs']:.1f} against {row['epochs_against']:.1f}"
    if row["left"] == row["left_against"] == 1:
        return f"all runs of both got past the best guess without the picture, {sooner}"
    counts = [f"{round(row[c] * row['seeds'])} of {row['seeds']}" for c in ("left", "left_against")]
    both = f", {sooner}" if row["left"] and row["left_against"] else ""
    counted = f"{counts[0]} runs of MSD got past the best guess without the picture, {counts[1]} of {KD}{both}"
    rest = settled(study, NAMED, KD)
    return f"{counted}; {_remains(rest, verdict)}" if rest else counted


def _remains(rest: Interval, verdict: str) -> str:
    """What is left of the difference among the runs that both left the plateau."""
    left = f"where both did, {points(rest.mean)} points remain ({points(rest.low)} to {points(rest.high)})"
    if verdict == "open":
        return left
    same = rest.low > 0 if verdict == "above" else rest.high < 0
    verb = (
        "so runs that got stuck do not explain all of it"
        if same
        else "so the difference may come from runs that got stuck"
    )
    return f"{left}, {verb}"


def forest(study: Study, against: str) -> str:
    """How many exploratory differences lie on which side of 0."""
    rows = [row for row in differences(study, against).values() if not row["named"]]
    if not rows:
        return "No other arm is compared with it."
    above, below = sum(row["low"] > 0 for row in rows), sum(row["high"] < 0 for row in rows)
    return (
        f"Exploratory intervals: {above} above 0, {below} below, {len(rows) - above - below} across it; none is "
        "adjusted for how many there are."
    )


def overview(named: pd.DataFrame, tasks: list[str]) -> str:
    """On how many tasks the difference named beforehand clearly differs from 0, and which have no study yet."""
    verdicts = [verdict_of(row, row["holm"]) for _, row in named.iterrows()]
    words = {"above": "above 0", "below": "below 0", "open": "not clearly different from 0"}
    parts = [f"{words[kind]} on {verdicts.count(kind)}" for kind in words if kind in verdicts]
    missing = [task for task in tasks if task not in set(named["task"])]
    sentence = f"{NAMED} minus {KD}, named before any run: {', '.join(parts)}."
    return f"{sentence} No study yet of {listed(missing)}." if missing else sentence


def recombined(named: pd.DataFrame) -> str:
    """What answers to recombined pairs are worth instead of the teacher's encodings, and beside them, by size."""
    found = []
    for arm, against in (RECOMBINED[0], RECOMBINED[-1]):
        rows = named_rows(named, (arm, against))
        parts = [
            f"{points(row['mean'])} points ({span(row)}) {_CASES['train_size'].format(size_of(row['train_size']))}"
            for _, row in rows.iterrows()
        ]
        found += [f"{arm} minus {against}: {listed(parts)}."] * bool(parts)
    return " ".join([*found, "Named before these runs."])


def where(study: Study) -> str:
    """Where the named difference lies, by what decides the label."""
    rows = [row for row in by_evidence(study, KD).to_dict("records") if row["arm"] == NAMED]
    parts = [f"{points(row['mean'])} ({span(row)}) where {_DECIDED[row['evidence']]}" for row in rows]
    return f"{NAMED} minus {KD}: {listed(parts)}. Exploratory." if parts else "Exploratory."


def varied(study: Study, column: str) -> str:
    """The named difference at both ends of a curve."""
    values, base = sorted(curve(study, column)[column].unique()), dict(zip(_CASES, study.base, strict=True))
    parts = []
    for value in (values[0], values[-1]):
        row = study.contrast(NAMED, KD, tuple({**base, column: value}.values()))
        if row is not None:
            of = size_of(value) if column == "train_size" else f"{100 * value:g}"
            parts.append(f"{points(row['mean'])} points ({span(row)}) {_CASES[column].format(of)}")
    return f"{NAMED} minus {KD}: {listed(parts)}. Exploratory." if parts else "Exploratory."


def learning(study: Study, arms: list[str]) -> str:
    """When the runs of arms leave the plateau."""
    runs = study.base_runs
    if runs["text_only"].isna().all():
        return "The best guess without the picture is not known for this task."
    parts = []
    for arm in arms:
        left = runs.loc[runs["arm"] == arm, "left"]
        count = "" if left.notna().all() else f" ({left.notna().sum()} of {len(left)} runs)"
        parts.append(f"{arm} {left.mean():.1f}{count}" if left.notna().any() else f"{arm} never")
    return f"Mean epoch from which runs stay above the best guess without the picture: {', '.join(parts)}."


def by_half(study: Study) -> str:
    """How far the students of kd and of MSD are from the teacher on one modality, by the way the other is hidden."""
    table = alone(study)
    arms = [arm for arm in (KD, NAMED) if arm in table.index]
    parts = []
    for m in MODALITIES:
        each = [f"{arm} {table.loc[arm, f'kl_{m}']:.2f} and {table.loc[arm, f'marginal_kl_{m}']:.2f}" for arm in arms]
        parts.append(f"on the {m} alone {', '.join(each)}")
    if not arms:
        return "0 means identical to the teacher."
    return f"KL from the teacher (nats), null embedding and marginal: {'; '.join(parts)}."
