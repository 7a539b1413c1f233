"""digits: scikit-learn's 1,797 handwritten digits under statements that they entail, contradict or leave open."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from msd_core.tasks.base import BOX, WHOLE, Example, Recipe, Task, made_by, png

LABELS = ("entailed", "contradicted", "undetermined")
_STATEMENTS_PER_DIGIT = 16
_SPLIT_SIZES = {"train": 1197, "validation": 200, "test": 400}
_INK = 200  # of 255: what is darker
_ALL = frozenset(range(10))
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_SUBJECTS = ("the digit", "this digit", "the number shown", "the handwritten digit", "what is written", "the figure")
_PROPERTIES = {
    "an odd number": frozenset({1, 3, 5, 7, 9}),
    "an even number": frozenset({0, 2, 4, 6, 8}),
    "a prime number": frozenset({2, 3, 5, 7}),
    "a square number": frozenset({0, 1, 4, 9}),
    "divisible by three": frozenset({0, 3, 6, 9}),
    "divisible by four": frozenset({0, 4, 8}),
    "a power of two": frozenset({1, 2, 4, 8}),
}
_ALWAYS = (
    "is either odd or even", "is a single digit", "is less than ten", "is not negative", "is at most nine",
    "is equal to itself", "is smaller than one hundred", "is a whole number",
)  # fmt: skip
_NEVER = (
    "is both odd and even", "is greater than nine", "is less than zero", "is different from itself",
    "is a fraction between one and two", "is larger than one million", "is at least ten", "is a negative number",
)  # fmt: skip
_UNKNOWABLE = (
    "was written by a left-handed person", "was written on a rainy day", "was written with a borrowed pen",
    "took less than a second to write", "was the last one on its page", "was written by a child",
    "belongs to a telephone number", "was copied from a blackboard", "was written before noon",
    "is the writer's favourite", "was written at a post office", "is part of somebody's address",
    "was written by a doctor", "is followed by a seven", "was scanned on a Monday", "comes after an even number",
)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A sentence and the digits it is true of; None where no digit could tell."""

    text: str
    true_of: frozenset[int] | None

    def label(self, digit: int) -> int:
        """The index in `LABELS` of what this digit says about the statement: perfect reading."""
        if self.true_of is None:
            return LABELS.index("undetermined")
        return LABELS.index("entailed" if digit in self.true_of else "contradicted")

    @property
    def evidence(self) -> str:
        """A statement true of every digit, of none, or of nobody knows which, is decided by its text."""
        return "text" if self.true_of in (None, _ALL, frozenset()) else "both"


def _name(digit: int, rng: random.Random) -> str:
    return rng.choice((str(digit), _WORDS[digit]))


def _a(digit: int, rng: random.Random) -> str:
    return f"{'an' if digit == 8 else 'a'} {_name(digit, rng)}"


def _identity(rng: random.Random) -> tuple[str, frozenset[int]]:
    digit = rng.randrange(10)
    predicate = rng.choice(("is {}", "looks like {}", "was meant as {}", "can be read as {}")).format(_a(digit, rng))
    return predicate, frozenset({digit})


def _other(rng: random.Random) -> tuple[str, frozenset[int]]:
    digit = rng.randrange(10)
    predicate = rng.choice(("is not {}", "is anything but {}", "cannot be {}")).format(_a(digit, rng))
    return predicate, _ALL - {digit}


def _comparison(rng: random.Random) -> tuple[str, frozenset[int]]:
    bound = rng.randrange(2, 8)
    word, holds = rng.choice(
        (
            ("is greater than {}", lambda d: d > bound),
            ("is less than {}", lambda d: d < bound),
            ("is at least {}", lambda d: d >= bound),
            ("is at most {}", lambda d: d <= bound),
            ("exceeds {}", lambda d: d > bound),
            ("is below {}", lambda d: d < bound),
        )
    )
    return word.format(_name(bound, rng)), frozenset(filter(holds, range(10)))


def _property(rng: random.Random) -> tuple[str, frozenset[int]]:
    name, digits = rng.choice(tuple(_PROPERTIES.items()))
    return (f"is {name}", digits) if rng.random() < 0.7 else (f"is not {name}", _ALL - digits)


def _pair(rng: random.Random) -> tuple[str, frozenset[int]]:
    one, two = rng.sample(range(10), 2)
    names = _a(one, rng), _a(two, rng)
    if rng.random() < 0.6:
        return "is either {} or {}".format(*names), frozenset({one, two})
    return "is neither {} nor {}".format(*names), _ALL - {one, two}


def _about(digit: int, rng: random.Random) -> Statement:
    """A statement that only this picture decides: true or false with equal chance, so that neither half tells."""
    wanted, family = rng.random() < 0.5, rng.choice((_identity, _other, _comparison, _property, _pair))
    while True:
        predicate, digits = family(rng)
        if (digit in digits) == wanted:
            return Statement(_sentence(predicate, rng), digits)


def _aside(rng: random.Random) -> Statement:
    """A statement that its own words decide."""
    predicates, digits = rng.choices(((_UNKNOWABLE, None), (_ALWAYS, _ALL), (_NEVER, frozenset())), (5, 1, 1))[0]
    return Statement(_sentence(rng.choice(predicates), rng), digits)


def _sentence(predicate: str, rng: random.Random) -> str:
    subject = rng.choice(_SUBJECTS)
    return f"{subject[0].upper()}{subject[1:]} {predicate}."


@cache
def _dataset() -> tuple[np.ndarray, np.ndarray]:
    digits = load_digits()
    return digits.images, digits.target


@cache
def keys(split: str) -> tuple[int, ...]:
    """The digits of a split: a fixed shuffle, since the file's neighbours are by the same hand."""
    order = list(range(sum(_SPLIT_SIZES.values())))
    random.Random("digits").shuffle(order)
    start = 0
    for name, size in _SPLIT_SIZES.items():
        if name == split:
            return tuple(order[start : start + size])
        start += size
    raise KeyError(split)


@cache
def statements(key: int) -> tuple[Statement, ...]:
    """The statements under one digit: two in three need the picture."""
    rng = random.Random(f"digits-{key}")
    digit = int(_dataset()[1][key])
    return tuple(_about(digit, rng) if rng.random() < 2 / 3 else _aside(rng) for _ in range(_STATEMENTS_PER_DIGIT))


def examples(split: str) -> list[Example]:
    """Every digit of the split under each of its statements."""
    digits = _dataset()[1]
    return [
        Example(f"{key:04d}", statement.text, statement.label(int(digits[key])), statement.evidence)
        for key in keys(split)
        for statement in statements(key)
    ]


def draw(key: str) -> Image.Image:
    """Dark ink on paper, the 8 x 8 original enlarged smoothly."""
    ink = _dataset()[0][int(key)] / 16
    page = (250 - ink * 225).astype(np.uint8)
    return Image.fromarray(page).resize((256, 256), Image.Resampling.BICUBIC).convert("RGB")


def picture(key: str) -> bytes:
    """The file of a digit."""
    return png(draw(key))


def region(example: Example) -> np.ndarray | None:
    """The ink, where it decides."""
    if example.evidence == "text":
        return None
    return np.asarray(draw(example.image).convert("L")) < _INK


def ceiling() -> float:
    """Accuracy on the test split of a strong digit classifier (a support vector machine) that reads perfectly."""
    images, digits = _dataset()
    flat = images.reshape(len(images), -1)
    train, test = list(keys("train")), list(keys("test"))
    read = dict(zip(test, SVC(gamma=0.001, C=10).fit(flat[train], digits[train]).predict(flat[test]), strict=True))
    right = [s.label(int(read[key])) == s.label(int(digits[key])) for key in test for s in statements(key)]
    return sum(right) / len(right)


TASK = Task(
    name="digits",
    title="Digits: does the statement follow from the handwriting?",
    question="Does the picture entail the statement, contradict it, or leave it open?",
    labels=LABELS,
    examples=examples,
    picture=picture,
    source=made_by(Path(__file__)),
    region=region,
    recipe=Recipe(teacher_epochs=40, student_epochs=20, student_size=WHOLE, study_epochs=30, study_size=8000),
    models=BOX / "digits",
    ceiling=ceiling,
    short_title="Statements (digits)",
)
