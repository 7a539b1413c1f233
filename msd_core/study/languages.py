"""What a study says of languages: by view, what students know of those whose labels they learned from (the source) and
of all others, which they were never told a label in (zero-shot)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from msd_core.storage import read_json
from msd_core.study.arms import CONTRAST, ordered
from msd_core.study.contrasts import kind_of_device
from msd_core.study.plan import CONDITION, Condition
from msd_core.study.statistics import holm, paired_t
from msd_core.training.runs import Run
from msd_core.views import MODALITIES

SHOWN = ("both", *MODALITIES)  # the views that scores are told apart by language on
KINDS = ("source", "zero_shot")  # of languages: those whose labels were learned from, and all others
MEASURES = ("source_both", "zero_shot_both", "source_text", "zero_shot_text")
AGAINST = (CONTRAST[1], "ce")  # what every other arm is held against
TRANSFER = [*CONDITION, "arm", "against", "measure", "named", "bar", "seeds", "mean", "low", "high", "p", "holm"]


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


def transfer(table: pd.DataFrame, source: Iterable[str], seeds: int, base: Condition) -> pd.DataFrame:
    """Differences between arms on the measures, Student's intervals over paired seeds.

    Under the base condition those that were named beforehand, over the first `seeds`, with p adjusted over all of them,
    those that never ran among them (Holm); under every condition all other arms minus `kd`, and minus `ce`.
    """
    source, rows, runs = [*source], [], table[~table["arm"].str.startswith("teacher")]
    for place, part in runs.astype({"train_size": int}).groupby(CONDITION):
        values = {name: part.assign(value=measure(part, name, source)).set_index("seed") for name in MEASURES}
        condition = Condition(*place)
        named = _named(values, seeds) if condition == base else []
        rows += [{**asdict(condition), **row} for row in [*named, *_others(values, named)]]
    return pd.DataFrame(rows, columns=TRANSFER)


def difference(table: pd.DataFrame, source: Iterable[str], arm: str, against: str, name: str) -> dict[str, Any] | None:
    """`arm` minus `against` on a measure, over the runs of one condition: `seeds`, `mean`, `low`, `high` and `p`; None
    for fewer than two pairs."""
    values = table.assign(value=measure(table, name, source)).set_index("seed")
    return _difference({name: values}, arm, against, name)


def _named(values: dict[str, pd.DataFrame], seeds: int) -> list[dict[str, Any]]:
    """The differences that were named beforehand. values: the runs by seed, with their `value`, by measure."""
    first = {name: part[part.index < seeds] for name, part in values.items()}
    found = [(each, row) for each in NAMED if (row := _difference(first, each.arm, each.against, each.measure))]
    adjusted = holm([row["p"] for _, row in found] + [1.0] * (len(NAMED) - len(found)))
    return [{**row, "named": True, "bar": each.bar, "holm": p} for (each, row), p in zip(found, adjusted, strict=False)]


def _others(values: dict[str, pd.DataFrame], named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every arm minus each of `AGAINST` that comes before it, but for what was named."""
    known = {(row["arm"], row["against"], row["measure"]) for row in named}
    return [
        {**row, "named": False}
        for place, against in enumerate(AGAINST)
        for arm in ordered(values[MEASURES[0]]["arm"])
        for name in MEASURES
        if arm not in AGAINST[: place + 1] and (arm, against, name) not in known
        if (row := _difference(values, arm, against, name))
    ]


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
