"""How near the names that a decoder writes are to the true ones, by language; and the names of the nearest picture."""

from collections.abc import Callable, Sequence

from torch.nn import functional as F

from msd_core.naming.names import Names


def exact(answers: Sequence[str], texts: Sequence[str]) -> float:
    """The share of answers that are the text, 0 to 1."""
    return sum(answer == text for answer, text in zip(answers, texts, strict=True)) / len(texts)


def chrf(answers: Sequence[str], texts: Sequence[str]) -> float:
    """chrF of a set of answers, 0 to 1: F2 of the character n-grams, one to six, that they share with the texts
    (Popović 2015, doi:10.18653/v1/W15-3049), counted over all of them as sacrebleu does; blanks do not count."""
    from sacrebleu.metrics import CHRF

    return CHRF().corpus_score(list(answers), [list(texts)]).score / 100


MEASURES: dict[str, Callable[[Sequence[str], Sequence[str]], float]] = {"chrf": chrf, "exact": exact}


def by_language(names: Names, answers: Sequence[str]) -> dict[str, float]:
    """Every measure of the answers to names, the mean over languages as `chrf`, and of each language as `chrf_de`."""
    scores: dict[str, float] = {}
    for name, measure in MEASURES.items():
        each = {}
        for number, code in enumerate(names.languages):
            rows = (names.language_of == number).nonzero()[:, 0].tolist()
            each[f"{name}_{code}"] = measure([answers[i] for i in rows], [names.texts[i] for i in rows])
        scores |= {name: sum(each.values()) / len(each), **each}
    return scores


def nearest(known: Names, names: Names) -> list[str]:
    """For each of the names what the likest picture of the known ones is called in that language: of those that have a
    name in it the one with the largest cosine of the features."""
    likeness = F.normalize(names.pictures) @ F.normalize(known.pictures).T  # (U, known U)
    answers = [""] * len(names)
    for number in range(len(names.languages)):
        rows, others = ((each.language_of == number).nonzero()[:, 0] for each in (names, known))
        best = likeness[names.picture_of[rows]][:, known.picture_of[others]].argmax(1)
        for row, other in zip(rows.tolist(), others[best].tolist(), strict=True):
            answers[row] = known.texts[other]
    return answers
