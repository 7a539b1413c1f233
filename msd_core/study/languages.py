"""What a study says of languages: by view, what students know of those whose labels they learned from (the source) and
of all others, which they were never told a label in (zero-shot)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from msd_core.storage import read_json
from msd_core.study.arms import CONTRAST, ordered
from msd_core.study.contrasts import kind_of_device
from msd_core.study.plan import CONDITION
from msd_core.study.statistics import holm, paired_t
from msd_core.training.runs import Run
from msd_core.views import MODALITIES

SHOWN = ("both", *MODALITIES)  # the views that scores are told apart by language on
KINDS = ("source", "zero_shot")  # of languages: those whose labels were learned from, and all others
MEASURES = ("source_both", "zero_shot_both", "source_text", "zero_shot_text")
TRANSFER = ["arm", "against", "measure", "named", "bar", "seeds", "mean", "low", "high", "p", "holm"]


@dataclass(frozen=True)
class Contrast:
    """A difference that is named before any run: `arm` minus `against` on a measure of `MEASURES`. bar: what its
    interval shall lie above; None where nobody has seen enough to say."""

    arm: str
    against: str
    measure: str
    bar: float | None = None


NAMED = (
    # distilling before the labels or with them
    Contrast("ce/pretrained", "kd", "zero_shot_text", 0.15),
    Contrast("ce/pretrained", "kd", "zero_shot_both", 0.12),
    # does distilling with the labels hurt?
    Contrast("kd", "ce", "zero_shot_text"),
    Contrast("kd", "ce", "zero_shot_both"),
    # is it the teacher, or that names of one thing belong together?
    Contrast("ce/pretrained", "ce/translated", "zero_shot_text", 0.03),
    # a larger teacher against smaller ones
    *(
        Contrast("kd/pretrained", f"kd/pretrained/{smaller}", measure)
        for smaller in ("minilm", "scratch")
        for measure in ("source_both", "zero_shot_both", "zero_shot_text")
    ),
    # modality-specific distillation, and the same hidden views without a teacher
    Contrast("kd+instance/pretrained", "kd/pretrained", "zero_shot_both"),
    Contrast("kd+instance/pretrained", "ce/hide/pretrained", "zero_shot_both"),
)


def by_language(folder: Path) -> pd.DataFrame:
    """One row a run, and one a teacher (`teacher`, `teacher/minilm`, ...): the condition, `arm`, `seed`, `device`, and
    the test metric by view and language, 0 to 1, as `text_de`. Empty for a task that states no language."""
    rows = []
    for path in sorted(folder.glob("runs/*/*/*/result.json")):
        place = {name: Run(path.parent).config[name] for name in CONDITION}
        arm, seed = path.parent.parent.name.replace(".", "/"), path.parent.name
        rows.append(_row({**place, "arm": arm, "seed": int(seed)}, path))
    for path in sorted(folder.glob("teachers/*/result.json")):
        kind, _, seed = path.parent.name.rpartition("-")
        rows.append(_row(dict.fromkeys(CONDITION) | {"arm": f"teacher/{kind}".rstrip("/"), "seed": int(seed)}, path))
    return pd.DataFrame([row for row in rows if row])


def _row(place: dict[str, Any], path: Path) -> dict[str, Any]:
    """What a result has by language; empty where it has nothing."""
    result = read_json(path)
    scores = result.get("languages", {}).get("student", {})
    known = {f"{view}_{code}": scores[code][view] for code in scores for view in SHOWN}
    return {**place, "device": result["environment"]["device"], **known} if known else {}


def languages_of(table: pd.DataFrame) -> list[str]:
    """The languages of `by_language`, by the alphabet."""
    return sorted(name.removeprefix("both_") for name in table.columns if name.startswith("both_"))


def measure(table: pd.DataFrame, name: str, source: Iterable[str]) -> pd.Series:
    """A measure of every row of `by_language`: the mean over languages of the score on a view.

    name: `source_` or `zero_shot_` and a view. source: the languages whose labels were learned from.
    """
    kind, _, view = name.rpartition("_")
    codes = [code for code in languages_of(table) if (code in source) == (kind == "source")]
    return table[[f"{view}_{code}" for code in codes]].mean(axis=1)


def transfer(table: pd.DataFrame, source: Iterable[str], seeds: int) -> pd.DataFrame:
    """Differences between arms on the measures: those that were named beforehand, over the first `seeds`, with p
    adjusted over all of them, those that never ran among them (Holm), and every other arm minus `kd`; Student's
    intervals over paired seeds."""
    source, runs = [*source], table[~table["arm"].str.startswith("teacher")]
    values = {name: runs.assign(value=measure(runs, name, source)).set_index("seed") for name in MEASURES}
    first = {name: part[part.index < seeds] for name, part in values.items()}
    rows = [row for each in NAMED if (row := _difference(first, each.arm, each.against, each.measure))]
    bars = {(each.arm, each.against, each.measure): each.bar for each in NAMED}
    adjusted = holm([row["p"] for row in rows] + [1.0] * (len(NAMED) - len(rows)))
    known = [
        {**row, "named": True, "bar": bars[row["arm"], row["against"], row["measure"]], "holm": p}
        for row, p in zip(rows, adjusted, strict=False)
    ]
    others = [
        {**row, "named": False}
        for arm in ordered(runs["arm"])
        for name in MEASURES
        if arm != CONTRAST[1] and (arm, CONTRAST[1], name) not in bars
        if (row := _difference(values, arm, CONTRAST[1], name))
    ]
    return pd.DataFrame([*known, *others], columns=TRANSFER)


def _difference(values: dict[str, pd.DataFrame], arm: str, against: str, name: str) -> dict[str, Any] | None:
    """`arm` minus `against` over the seeds that both have on the same kind of device; None for fewer than two."""
    table = values[name]
    one, other = (table[table["arm"] == each] for each in (arm, against))
    seeds = one.index.intersection(other.index)
    one, other = one.loc[seeds], other.loc[seeds]
    alike = kind_of_device(one) == kind_of_device(other)
    if alike.sum() < 2:
        return None
    t = paired_t((one["value"] - other["value"])[alike].to_numpy())
    return {
        "arm": arm, "against": against, "measure": name, "seeds": int(alike.sum()), "mean": t.mean, "low": t.low,
        "high": t.high, "p": t.p,
    }  # fmt: skip
