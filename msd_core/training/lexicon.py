"""A bilingual lexicon from the names that pictures have in two languages, and texts some of whose words it translates.

Words are aligned by IBM's first model (Brown et al. 1993, "The Mathematics of Statistical Machine Translation"). Texts
whose words come in languages drawn at random: Qin et al. 2020, "CoSDA-ML", arXiv:2006.06402.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import regex

from msd_core.errors import UserError
from msd_core.models.base import Classifier
from msd_core.tasks import Split
from msd_core.training.config import Config
from msd_core.training.versions import VERSIONS, VariedInputs, varied_inputs
from msd_core.writing import UNSPACED

_ROUNDS = 5  # of expectation and maximisation: on validation names more change nothing
_LONGEST = 4  # characters of a word in a script without blanks, but for whole runs
_LETTER = r"\p{L}\p{M}\p{N}"
_WORD = regex.compile(rf"[{_LETTER}]+")
_UNIT = regex.compile(rf"(?P<run>[{UNSPACED}\p{{M}}]+)|(?:(?![{UNSPACED}])[{_LETTER}])+")

Lexicon = dict[str, dict[str, str]]  # of a word, in small letters, its translation by language


def lexicon(split: Split, source: str) -> Lexicon:
    """The words of a language that pictures are named in, each with its likeliest translation into every other language
    that they are named in as well."""
    names: dict[int, dict[str, str]] = defaultdict(dict)
    assert split.language is not None
    for picture, text, code in zip(split.image_of.tolist(), split.text_of.tolist(), split.language, strict=True):
        names[picture].setdefault(str(code), split.texts[text])
    known: Lexicon = defaultdict(dict)
    for code in split.languages:
        both = [(each[source], each[code]) for each in names.values() if source in each and code in each]
        for word, translation in align([(words(one), units(other)) for one, other in both]).items():
            if code != source:
                known[word][code] = translation
    return dict(known)


def words(text: str) -> list[str]:
    """The distinct words of a text, in small letters."""
    return list(dict.fromkeys(_WORD.findall(text.casefold())))


def units(text: str) -> list[str]:
    """What may translate a word: the distinct words of a text, in small letters; in a script without blanks between
    words all runs of up to four characters, and the whole."""
    found: list[str] = []
    for match in _UNIT.finditer(text.casefold()):
        run, sizes = match[0], {len(match[0])}
        if match["run"]:
            sizes |= {*range(1, min(_LONGEST, len(run)) + 1)}
        found += [run[i : i + size] for size in sorted(sizes) for i in range(len(run) - size + 1)]
    return list(dict.fromkeys(found))


def align(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, str]:
    """Of each word in the first of two texts, the likeliest of the units in the second, the longest of equals.

    `t(unit | word)` of IBM's first model, without the empty word: a unit stems from one of the words beside it, in
    proportion to t; t of a word is its share of each unit, over all pairs, normalised.
    """
    chance: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(_ROUNDS):
        counts: dict[tuple[str, str], float] = defaultdict(float)
        totals: dict[str, float] = defaultdict(float)
        for here, there in pairs:
            for unit in there:
                whole = sum(chance[word, unit] for word in here)
                for word in here:
                    share = chance[word, unit] / whole
                    counts[word, unit] += share
                    totals[word] += share
        chance = {(word, unit): count / totals[word] for (word, unit), count in counts.items()}
    rising = sorted(chance, key=lambda pair: (round(chance[pair], 6), len(pair[1]), pair[1]))
    return dict(rising)  # the last of a word is its likeliest


def shuffled(known: Lexicon, seed: int) -> Lexicon:
    """Every word with the translations of another one."""
    order = np.random.default_rng(seed).permutation(sorted(known))
    return {word: known[other] for word, other in zip(order.tolist(), np.roll(order, 1).tolist(), strict=True)}


def switched_inputs(student: Classifier, train: Split, everything: Split, config: Config) -> VariedInputs:
    """What a student reads of the training split as it learns, its words translated by the names in `everything`.

    Raises `UserError` where these are in one language alone.
    """
    lexicons = {code: lexicon(everything, code) for code in train.languages}
    if not any(lexicons.values()):
        raise UserError("No picture has names in two languages, so there is no lexicon: leave code switching at 0.")
    if config.shuffle == "lexicon":
        lexicons = {code: shuffled(known, config.seed) for code, known in lexicons.items()}
    draw = np.random.default_rng(config.seed)
    texts = [
        switched(text, lexicons.get(code, {}), config.code_switching, draw)
        for text, code in zip(train.texts, train.languages_of_texts, strict=True)
        for _ in range(VERSIONS)
    ]
    return varied_inputs(student, train, texts)


def switched(text: str, known: Lexicon, share: float, draw: np.random.Generator) -> str:
    """The text, each word of it translated with probability `share`, into a language drawn anew; one without a
    translation stays."""

    def other(match: Any) -> str:
        translations = [*known.get(match[0].casefold(), {}).values()]
        if not translations or draw.random() >= share:
            return match[0]
        return translations[draw.integers(len(translations))]

    return _WORD.sub(other, text)
