"""Which examples of a survey people look at: filters, and the groups that a figure tells apart."""

from dataclasses import dataclass

import numpy as np

from analysis.dataset.survey import Survey
from analysis.words import short_name
from msd_core.tasks import EVIDENCE

RIGHT = ("any", "both", "teacher", "student", "neither")  # who of teacher and student is right
MOST_GROUPS = 7  # told apart; what is rarer goes together
OTHER = "any other"


@dataclass(frozen=True)
class Filter:
    """What an example must be to be kept; each field by default lets everything pass.

    `labels`, `evidence`: one of these at least (multi-label: of the labels it has). `languages`: its text is in one of
    these. `agreement`: `any`, or whether a student's answer is the `same` as the teacher's or `other`; `right`: one of
    `RIGHT`. `image`, `text`: the range of the teacher's saliency, 0 to 1. `words`: contained in the text, whatever the
    case.
    """

    labels: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    agreement: str = "any"
    right: str = "any"
    image: tuple[float, float] = (0.0, 1.0)
    text: tuple[float, float] = (0.0, 1.0)
    words: str = ""
    languages: tuple[str, ...] = ()


def filter_rows(survey: Survey, student: str | None, wanted: Filter) -> np.ndarray:
    """The rows of the examples that pass, ascending."""
    table = survey.table
    kept = np.ones(len(table), dtype=bool)
    if wanted.labels:
        kept &= _has_label(survey, wanted.labels)
    if wanted.evidence and survey.split.evidence is not None:
        kept &= _has_evidence(survey, survey.split.evidence, wanted.evidence)
    if wanted.languages and survey.split.language is not None:
        kept &= np.isin(survey.split.language, wanted.languages)
    if wanted.agreement != "any" and student is not None:
        kept &= table[f"agrees_{student}"].to_numpy() == (wanted.agreement == "same")
    if wanted.right != "any" and student is not None:
        kept &= who_is_right(survey, student) == wanted.right
    for modality, (low, high) in (("image", wanted.image), ("text", wanted.text)):
        saliency = table[f"saliency_{modality}"].to_numpy()
        # as rounded on the sliders: what lies above their end by rounding alone is no example to lose
        kept &= (saliency >= low - 1e-6) & (saliency <= high + 1e-6)
    if wanted.words.strip():
        kept &= table["text"].str.contains(wanted.words.strip(), case=False, regex=False).to_numpy()
    return np.flatnonzero(kept)


def who_is_right(survey: Survey, student: str) -> np.ndarray:
    """For each example one of `RIGHT` but the first, `(N,)`."""
    teacher, own = survey.right[survey.teacher], survey.right[student]
    return np.select([teacher & own, teacher, own], ["both", "teacher", "student"], "neither")


def right_titles(student: str) -> dict[str, str]:
    """How people read `RIGHT`."""
    name = short_name(student)
    only = {"teacher": "only the teacher is right", "student": f"only {name} is right"}
    return {"any": "any", "both": f"teacher and {name} are right", **only, "neither": "neither is right"}


def group(survey: Survey, by: str, student: str | None) -> tuple[list[str], np.ndarray]:
    """What each example is told apart by: the groups' names in order, and the name of each example, `(N,)`.

    `by` is `label`, `evidence`, `right` or `language`; of a multi-label task, labels are counted and mixed evidence is
    called so. What is not known, who is right without a student, the evidence or the language, falls back on labels.
    """
    if by == "language" and "language" in survey.table:
        languages = survey.table["language"]
        return sorted(languages.unique()), languages.to_numpy(object)
    if by == "right" and student is not None:
        titles = right_titles(student)
        return [titles[r] for r in RIGHT[1:]], np.array([titles[r] for r in who_is_right(survey, student)], object)
    if by == "evidence" and survey.split.evidence is not None:
        return _by_evidence(survey, survey.split.evidence)
    if survey.task.multilabel:
        counts = (survey.split.labels > 0.5).sum(-1).numpy()
        names = [f"{n} label{'s' * (n != 1)}" for n in range(counts.max() + 1)]
        return [names[n] for n in np.unique(counts)], np.array(names, object)[counts]
    return list(survey.task.labels), survey.table["label"].to_numpy(object)


def common(names: list[str], of: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The same with at most `MOST_GROUPS` names: the most frequent, and `OTHER` for the rest."""
    counts = {name: int((of == name).sum()) for name in names}
    present = [name for name in names if counts[name]]
    if len(present) <= MOST_GROUPS:
        return present, of
    kept = sorted(present, key=lambda name: -counts[name])[: MOST_GROUPS - 1]
    return [*(n for n in present if n in kept), OTHER], np.where(np.isin(of, kept), of, OTHER)


def _has_label(survey: Survey, labels: tuple[str, ...]) -> np.ndarray:
    indices = [survey.task.labels.index(label) for label in labels]
    if survey.task.multilabel:
        return (survey.split.labels[:, indices] > 0.5).any(-1).numpy()
    return np.isin(survey.split.labels.numpy(), indices)


def _has_evidence(survey: Survey, evidence: np.ndarray, wanted: tuple[str, ...]) -> np.ndarray:
    has = np.isin(evidence, wanted)
    return np.any(has & (survey.split.labels.numpy() > 0.5), axis=-1) if survey.task.multilabel else has


def _by_evidence(survey: Survey, evidence: np.ndarray) -> tuple[list[str], np.ndarray]:
    if not survey.task.multilabel:
        return [e for e in EVIDENCE if (evidence == e).any()], evidence.astype(object)
    kinds_of = survey.table["evidence"]
    return [*(f"{e} alone" for e in EVIDENCE), "mixed", "no label"], kinds_of.map(
        lambda kinds: "no label" if kinds == "none" else "mixed" if "," in kinds else f"{kinds} alone"
    ).to_numpy(object)
