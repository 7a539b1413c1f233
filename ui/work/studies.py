"""The studies in the box and what is drawn of them, made once until their files change: every visitor sees the same."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from msd_core.study.arms import CONTRAST

if TYPE_CHECKING:  # heavy: the page must be up soon
    import pandas as pd
    import plotly.graph_objects as go

    from analysis.study.sentences import Summary
    from msd_core.study.published import Study

_KEPT = 32  # of each kind: some hundred kilobytes at most

Drawn = tuple[str, "go.Figure"]  # one sentence, and the figure that it is on


_A = TypeVarTuple("_A")
_R = TypeVar("_R")


def once(make: Callable[[*_A], _R]) -> Callable[[*_A], _R]:
    """Keep what `make` returns of (hashable) arguments until a study is published; what it refuses is not kept."""

    @lru_cache(_KEPT)
    def kept(stamp: tuple[tuple[str, int], ...], *values: *_A) -> _R:
        return make(*values)

    @wraps(make)
    def latest(*values: *_A) -> _R:
        return kept(_stamp(), *values)

    return latest


def _stamp() -> tuple[tuple[str, int], ...]:
    from msd_core.study import published

    folders = published.STUDIES, published.RECOMBINED_STUDIES
    files = (path for folder in folders for path in sorted(folder.glob("*/*.csv")))
    return tuple((str(path), path.stat().st_mtime_ns) for path in files)


@once
def study_of(task: str) -> "Study":
    """A task's study; a `UserError` says how to make it where there is none."""
    from msd_core.study.published import load_study

    return load_study(task)


@once
def named() -> "pd.DataFrame":
    """The difference named beforehand on every task that has a study; empty where none has."""
    from msd_core.study.published import named_contrasts

    return named_contrasts()


@once
def summary_of(task: str) -> "Summary":
    """What a task's study shows, in sentences."""
    from analysis.study.sentences import summarize

    return summarize(study_of(task), named())


@once
def forest_of(task: str, against: str) -> Drawn:
    """Every arm against one."""
    from analysis.study import forest, sentences

    study = study_of(task)
    return sentences.forest(study, against), forest.forest(study, against)


@once
def learning_of(task: str, arms: tuple[str, ...]) -> Drawn:
    """The learning curves of some arms."""
    from analysis.study import curves, sentences

    study = study_of(task)
    return sentences.learning(study, list(arms)), curves.learning_figure(study, list(arms))


@once
def alone_of(task: str) -> Drawn:
    """What students know of one modality alone."""
    from analysis.study import alone, sentences

    study = study_of(task)
    return sentences.by_half(study), alone.alone_figure(study)


@once
def evidence_of(task: str) -> Drawn | None:
    """Where arms gain; None where one kind of evidence decides every label."""
    from analysis.study import evidence, sentences, tables

    study = study_of(task)
    if tables.by_evidence(study, CONTRAST[1]).empty:
        return None
    return sentences.where(study), evidence.evidence_figure(study)


@once
def curve_of(task: str, column: str) -> Drawn | None:
    """Scores over one column of the condition; None where the study does not vary it."""
    from analysis.study import curves, sentences, tables

    study = study_of(task)
    if tables.curve(study, column).empty:
        return None
    return sentences.varied(study, column), curves.curve_figure(study, column)


@once
def transfer_of(task: str) -> Drawn | None:
    """The differences across languages that were named beforehand; None for a task in one language."""
    from analysis.languages import figures, sentences

    study = study_of(task)
    return None if study.transfer.empty else (sentences.named(study), figures.transfer_figure(study.transfer))


@once
def recombined() -> "pd.DataFrame":
    """The differences of recombined pairs, named beforehand, on every task that has them; empty where none has."""
    from msd_core.study.published import recombined_contrasts

    return recombined_contrasts()


@once
def recombined_of(task: str) -> Drawn | None:
    """Those on one task; None where it has none."""
    from analysis.study import forest, sentences

    if (every := recombined()).empty or (rows := every[every["task"] == task]).empty:
        return None
    return sentences.recombined(rows), forest.by_size(rows, study_of(task).metric)


@once
def files_of(task: str) -> list[tuple[str, str, bytes]]:
    """The tables of a task's study as files: what each is, its name and its content."""
    from msd_core.study import published

    study, files = study_of(task), []
    for what in (*published.TABLES, *published.LANGUAGE_TABLES):
        if (table := getattr(study, what)).empty:
            continue  # such as languages, of a task in one
        name, title = f"msd-study-{task}-{what}", f"{what.capitalize()}, {len(table):,} rows"
        files.append((f"{title} (CSV)", f"{name}.csv", (published.STUDIES / task / f"{what}.csv").read_bytes()))
        files.append((f"{title} (Parquet)", f"{name}.parquet", table.to_parquet(index=False)))
    for file in sorted((published.RECOMBINED_STUDIES / task).glob("*.*")):
        content = file.read_bytes()
        if file.suffix != ".csv" or content.count(b"\n") > 1:  # more than the names of its columns
            title = f"Recombined pairs: {file.stem} ({file.suffix[1:].upper()})"
            files.append((title, f"msd-study-{task}-recombined-{file.name}", content))
    return files
