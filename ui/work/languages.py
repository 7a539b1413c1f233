"""What is drawn by language, made once: every visitor sees the same."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from analysis.words import short_name
from msd_core.errors import UserError
from msd_core.tasks import TASKS, Task, load_task
from ui.work.models import models_for
from ui.work.studies import once, study_of

if TYPE_CHECKING:  # heavy
    import pandas as pd
    from torch import Tensor

    from analysis.languages.names import Name
    from msd_core.tasks import Split

_LOCK = threading.Lock()
_PLACES = ("the first text", "the second text")


@dataclass(frozen=True)
class NamesAnswer:
    """What models make of one picture with each of some texts, and what the reader should be warned of."""

    names: "list[Name]"
    warnings: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What the first model answers to the texts."""
        from analysis.languages.names import headline

        return headline(self.names)

    @property
    def note(self) -> str:
        """Which models answer them alike; empty for one text."""
        from analysis.languages.names import note

        return note(self.names)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "answers": [name.to_dict() for name in self.names],
            "sentences": [sentence for sentence in (self.headline, self.note) if sentence],
            "warnings": list(self.warnings),
        }


def language_tasks() -> list[Task]:
    """The tasks whose texts are in several languages."""
    return [task for task in map(load_task, TASKS) if task.recipe is not None and task.recipe.languages]


def ask_in(
    task: Task, row: int | None, upload: str | None, texts: Sequence[tuple[str, str]], own: dict[str, str]
) -> NamesAnswer:
    """What a task's models, and the visitor's own (id by name), answer to a picture with each of two texts.

    row: of the test example whose picture it is; None for the visitor's `upload`. texts: each with its language, "" for
    one that nobody names; an empty text is left out. Raises `UserError` where there is neither picture nor text.
    """
    from analysis.languages.names import names_at, read_name, strangers
    from analysis.pair.examples import example_at, examples_of
    from msd_core.comparison import compare

    models = models_for(task, own)
    picture = upload if row is None else example_at(task, row).picture
    labels = (
        {}
        if row is None
        else {
            (code, examples_of(task)[place].text): examples_of(task)[place].label
            for code, place in names_at(task, row).items()
        }
    )
    given: list[tuple[str, str | None, str]] = [
        (code, text, place) for (code, text), place in zip(texts, _PLACES, strict=True) if text
    ]
    names, warnings = [], strangers(models, [code for code, *_ in given])
    for code, text, place in given or [("", None, "the picture")]:
        comparison = compare(task, picture, text, models)
        names.append(read_name(comparison, code, place, labels.get((code, text or ""))))
        warnings += comparison.warnings
    return NamesAnswer(names, tuple(dict.fromkeys(warnings)))


@once
def scores_of(task: str) -> "tuple[pd.DataFrame, pd.DataFrame, str]":
    """Scores by language, their means over languages, and what they are of: the task's study, or its own models where
    there is none."""
    from analysis.languages import scores

    source = scores.learned(load_task(task))
    try:
        study = study_of(task)
    except UserError:
        logits, split = _answers(task)
        of = f"One model each, with 95 % intervals over {len(split.pictures):,} test pictures"
        named = {short_name(who): answers for who, answers in logits.items()}
        return scores.model_scores(named, split), scores.model_means(named, split, source), of
    runs = study.base_runs.groupby("arm").size().max()
    of = f"Means of {runs} runs, with 95 % intervals over them"
    return scores.study_scores(study), scores.study_means(study, source), of


@once
def transfer_of(task: str) -> "pd.DataFrame":
    """Differences between the recipes of a task's study across languages; empty where there is no study."""
    import pandas as pd

    try:
        return study_of(task).transfer
    except UserError:
        return pd.DataFrame()


@once
def claim_of(task: str) -> str:
    """The first difference that was named beforehand, in words; empty where there is no study."""
    from analysis.languages.sentences import of_study

    try:
        return of_study(study_of(task))
    except UserError:
        return ""


@once
def leanings_of(task: str) -> "pd.DataFrame":
    """How far the task's own models lean on each modality by language."""
    from analysis.languages import scores

    logits, split = _answers(task)
    return scores.leanings(load_task(task), logits, split)


def _answers(task: str) -> "tuple[dict[str, Tensor], Split]":
    """What each of the task's models answers on the test split, computed by one visitor at a time, and kept."""
    with _LOCK:
        return _answered(task)


@lru_cache(maxsize=4)
def _answered(task: str) -> "tuple[dict[str, Tensor], Split]":
    from msd_core.tasks import load_split
    from msd_core.training.teacher import targets

    subject = load_task(task)
    split = load_split(subject, "test")
    return {name: targets(loaded, split) for name, loaded in models_for(subject, {}).items()}, split
