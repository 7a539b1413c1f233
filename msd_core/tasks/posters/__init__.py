"""`posters`: generated film posters under plot lines, several genres at once.

Six genres are carried by a motif on the poster, by words of the plot, or by both. The other two take both to tell: a
film is a `mystery` if the plot seeks the very object that the poster shows, and a `comedy` if the poster's mask and the
plot's ending disagree. As in cinemas, some objects and some masks go with these genres more often than others, so each
half hints at them; only together do they tell.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from msd_core.tasks.base import BOX, WHOLE, Example, Recipe, Task, made_by, png
from msd_core.tasks.posters.art import ACCENTS, Look, paint_scene, stick
from msd_core.tasks.posters.objects import CLUES, COLOURS, FACES, MOODS, MOTIFS
from msd_core.tasks.posters.words import GENRES, Plot, write_plot

_WORLD = 1  # part of every seed
LABELS = (*GENRES, "mystery", "comedy")
SEEDS = {"train": range(7_000), "validation": range(100_000, 100_500), "test": range(200_000, 201_000)}
PLOTS = 4
MOTIF_RATE = 0.2
CUE_RATE = 0.17
SAME = {"key": 0.7, "clock": 0.6, "umbrella": 0.4, "teapot": 0.3}  # sought as pictured
LAUGHING = 0.63  # share of masks
GRIM = {"laughing": 0.38 / 0.63, "weeping": 0.25 / 0.37}  # share of grim endings under each mask: half are comedies
MOST = 2  # genres per poster and per plot: more would crowd the picture and the sentence
STAGE = (10, 10, 246, 224)  # where objects may stand: inside the frame, above the title

Box = tuple[int, int, int, int]  # left, top, right, bottom, in the pixels of a 256 x 256 picture


@dataclass(frozen=True)
class Motif:
    """A drawing that says one genre."""

    genre: str
    kind: str
    box: Box
    look: Look


@dataclass(frozen=True)
class Clue:
    """The one object of `CLUES` that the poster shows."""

    kind: str
    box: Box
    look: Look


@dataclass(frozen=True)
class Mask:
    """The face in a corner, "laughing" or "weeping"; its `face` and `look` do not tell which."""

    mood: str
    face: str
    box: Box
    look: Look


@dataclass(frozen=True)
class Poster:
    """All that a poster shows, and its plot lines; `scenery` seeds the background, which says nothing."""

    motifs: tuple[Motif, ...]
    clue: Clue
    mask: Mask
    plots: tuple[Plot, ...]
    scenery: int


def poster(seed: int) -> Poster:
    """What the poster `seed` shows and says: plain data, the same on every machine."""
    rng = Random(f"posters-{_WORLD}-{seed}")
    genres = _some_genres(rng, MOTIF_RATE)
    clue, mood = rng.choice(list(CLUES)), "laughing" if rng.random() < LAUGHING else "weeping"
    plots = tuple(_plot(rng, clue, mood) for _ in range(PLOTS))
    mask_box, clue_box, *motif_boxes = _layout(rng, len(genres))
    return Poster(
        motifs=tuple(_motif(rng, genre, box) for genre, box in zip(genres, motif_boxes, strict=True)),
        clue=Clue(clue, clue_box, _look(rng, COLOURS[clue])),
        mask=Mask(mood, rng.choice(list(FACES)), mask_box, _look(rng, ACCENTS)),
        plots=plots,
        scenery=rng.getrandbits(32),
    )


def examples(split: str) -> list[Example]:
    """The posters of a split under each of their plot lines, in order."""
    posters = ((seed, poster(seed)) for seed in SEEDS[split])
    return [_example(seed, spec, plot) for seed, spec in posters for plot in spec.plots]


def key_of(seed: int) -> str:
    """What the picture of a poster is known by."""
    return f"{seed:06d}"


def picture(key: str) -> bytes:
    """The file of a poster's picture."""
    return png(draw(poster(int(key))))


def draw(spec: Poster) -> Image.Image:
    """A poster, drawn: RGB, 256 x 256."""
    image = paint_scene(spec.scenery)
    for motif in spec.motifs:
        stick(image, motif.box, motif.look, MOTIFS[motif.genre][motif.kind])
    stick(image, spec.clue.box, spec.clue.look, CLUES[spec.clue.kind])
    stick(image, spec.mask.box, spec.mask.look, FACES[spec.mask.face], MOODS[spec.mask.mood])
    return image


def _some_genres(rng: Random, rate: float) -> tuple[str, ...]:
    chosen = [genre for genre in GENRES if rng.random() < rate]
    return tuple(rng.sample(chosen, min(len(chosen), MOST)))


def _motif(rng: Random, genre: str, box: Box) -> Motif:
    kind = rng.choice(list(MOTIFS[genre]))
    return Motif(genre, kind, box, _look(rng, COLOURS[kind]))


def _plot(rng: Random, pictured: str, mood: str) -> Plot:
    """A plot that seeks the object `pictured` or, each equally often, another; half of all seek the one pictured."""
    sought = pictured if rng.random() < SAME[pictured] else rng.choice([kind for kind in CLUES if kind != pictured])
    return write_plot(rng, _some_genres(rng, CUE_RATE), sought, "grim" if rng.random() < GRIM[mood] else "merry")


def _example(seed: int, spec: Poster, plot: Plot) -> Example:
    pictured = {motif.genre for motif in spec.motifs}
    cued = set(plot.cues)
    mystery = spec.clue.kind == plot.clue
    comedy = (spec.mask.mood == "laughing") != (plot.ending == "merry")
    label = (*(int(genre in pictured | cued) for genre in GENRES), int(mystery), int(comedy))
    evidence = (*(_evidence(genre in pictured, genre in cued) for genre in GENRES), "both", "both")
    return Example(image=key_of(seed), text=plot.text, label=label, evidence=evidence)


def _evidence(pictured: bool, cued: bool) -> str:
    if pictured and cued:
        return "either"
    if pictured or cued:
        return "image" if pictured else "text"
    return "both"  # that a genre is absent takes both to know


def _look(rng: Random, colours: tuple[str, ...]) -> Look:
    main, other = rng.sample(colours, 2)
    return Look(main, other, tilt=rng.uniform(-10, 10), mirrored=rng.random() < 0.5)


def _layout(rng: Random, motifs: int) -> list[Box]:
    """Boxes that do not overlap: the mask's, in a corner, the clue's and the motifs'; smaller where there are many."""
    while True:
        boxes = [_corner(rng, rng.randint(64, 72))]
        _place(rng, rng.randint(80 - 3 * motifs, 96 - 5 * motifs), boxes)
        for _ in range(motifs):
            _place(rng, rng.randint(80, 116 - 10 * motifs), boxes)
        if len(boxes) == motifs + 2:
            return boxes


def _corner(rng: Random, size: int) -> Box:
    left, top, right, bottom = STAGE
    x = rng.choice((left, right - size))
    y = rng.choice((top, bottom - size))
    return (x, y, x + size, y + size)


def _place(rng: Random, size: int, boxes: list[Box]) -> None:
    """Adds a box of `size` to `boxes` where one fits; gives up after some tries."""
    left, top, right, bottom = STAGE
    for _ in range(12):
        x, y = rng.randint(left, right - size), rng.randint(top, bottom - size)
        box = (x, y, x + size, y + size)
        if all(_apart(box, other) for other in boxes):
            boxes.append(box)
            return


def _apart(a: Box, b: Box) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


TASK = Task(
    name="posters",
    title="Film posters",
    question="Which genres is this film?",
    labels=LABELS,
    examples=examples,
    picture=picture,
    multilabel=True,
    source=made_by(Path(__file__).parent),
    recipe=Recipe(teacher_epochs=24, student_epochs=12, student_size=WHOLE, study_epochs=10, study_size=8000),
    models=BOX / "posters",
    short_title="Film posters",
)
