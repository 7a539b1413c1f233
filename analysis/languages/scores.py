"""What models score, and lean on, by language, with intervals."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from torch import Tensor

from msd_core.saliency import saliency
from msd_core.study.arms import ordered
from msd_core.study.languages import KINDS, SHOWN, languages_of, measure
from msd_core.study.published import Study, at
from msd_core.study.statistics import paired_t
from msd_core.tasks import Split, Task, codes
from msd_core.views import MODALITIES, VIEWS


def learned(task: Task) -> tuple[str, ...]:
    """The languages whose labels the models of a task learn from; empty for all."""
    return codes(task.recipe.languages) if task.recipe else ()


def study_scores(study: Study) -> pd.DataFrame:
    """What every recipe of a study scores by language, the teachers first.

    Columns: `who` (an arm, or `teacher`), `view`, `language`; of the test metric, 0 to 1, the `mean` over `count` runs
    and its 95 % interval over them, `low` to `high`.
    """
    runs = _runs(study)
    places = [(view, code) for view in SHOWN for code in languages_of(runs)]
    return _summary(
        pd.DataFrame({"who": runs["who"], "view": view, "language": code, "value": runs[f"{view}_{code}"]})
        for view, code in places
    )


def study_means(study: Study, source: Iterable[str]) -> pd.DataFrame:
    """The same as means over languages: instead of `language` its `kind`, `source` for those whose labels were learned
    from and `zero_shot` for all others."""
    runs, source = _runs(study), [*source]
    return _summary(
        pd.DataFrame({"who": runs["who"], "view": view, "kind": kind, "value": measure(runs, f"{kind}_{view}", source)})
        for view in SHOWN
        for kind in KINDS
    )


def model_scores(logits: Mapping[str, Tensor], split: Split) -> pd.DataFrame:
    """The same as `study_scores` of single models by name, from their logits `(N, 4, C)`: the share of right answers
    over the `count` examples of a language."""
    right = {who: (values.argmax(-1) == split.labels[:, None]).numpy() for who, values in logits.items()}  # (N, 4)
    return _summary(
        pd.DataFrame({"who": who, "view": view, "language": split.language, "value": each[:, VIEWS.index(view)]})
        for who, each in right.items()
        for view in SHOWN
    )


def model_means(logits: Mapping[str, Tensor], split: Split, source: Iterable[str]) -> pd.DataFrame:
    """The same as `study_means` of single models, over the `count` pictures, of which each counts once in all of its
    languages together."""
    assert split.language is not None
    kind = np.where(np.isin(split.language, [*source]), *KINDS)
    right = {who: (values.argmax(-1) == split.labels[:, None]).numpy() for who, values in logits.items()}  # (N, 4)
    examples = (
        pd.DataFrame(
            {"who": who, "view": view, "kind": kind, "picture": split.image_of, "value": each[:, VIEWS.index(view)]}
        )
        for who, each in right.items()
        for view in SHOWN
    )
    pictures = (each.groupby(["who", "view", "kind", "picture"], as_index=False)["value"].mean() for each in examples)
    return _summary(each.drop(columns="picture") for each in pictures)


def leanings(task: Task, logits: Mapping[str, Tensor], split: Split) -> pd.DataFrame:
    """How far models lean on each `modality` by language: necessity, 0 to 1 (bits), as `model_scores` has scores."""
    necessity = {who: saliency(values, "necessity", task.multilabel).numpy() for who, values in logits.items()}
    return _summary(
        pd.DataFrame({"who": who, "modality": modality, "language": split.language, "value": values[:, i]})
        for who, values in necessity.items()
        for i, modality in enumerate(MODALITIES)
    )


def _runs(study: Study) -> pd.DataFrame:
    """The teachers of a study, and the runs by which its arms are compared; `who` they are, in order."""
    table = study.languages
    teachers, runs = table[table["arm"].str.startswith("teacher")], at(table, study.base)
    names = [*sorted(set(teachers["arm"])), *ordered(runs["arm"])]
    everybody = pd.concat([teachers, runs], ignore_index=True).rename(columns={"arm": "who"})
    return everybody.sort_values("who", key=lambda column: column.map(names.index), kind="stable", ignore_index=True)


def _summary(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Mean, interval and count of the column `value` by all other columns, in the order in which they come."""
    table = pd.concat(list(parts), ignore_index=True)
    places = [name for name in table.columns if name != "value"]
    groups = table.groupby(places, sort=False)["value"]
    rows = [{**dict(zip(places, place, strict=True)), **_interval(part.to_numpy(float))} for place, part in groups]
    order = {who: i for i, who in enumerate(table["who"].unique())}
    return pd.DataFrame(rows).sort_values("who", key=lambda column: column.map(order), kind="stable", ignore_index=True)


def _interval(values: np.ndarray) -> dict[str, float]:
    """Mean and count of values `(S,)`, and Student's 95 % interval of the mean; of one value alone that value."""
    if len(values) == 1:
        return {"mean": values[0], "low": values[0], "high": values[0], "count": 1}
    t = paired_t(values)
    return {"mean": t.mean, "low": t.low, "high": t.high, "count": len(values)}
