"""One draw of the splits: its names, and the decoders that are trained and tried on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import process_time

from msd_core.models.zoo import parameters
from msd_core.naming.arms import ARMS, TEACHERS
from msd_core.naming.decoder import Decoder
from msd_core.naming.names import Names, Pieces
from msd_core.naming.scores import by_language, exact, nearest
from msd_core.naming.training import WIDTH, Lesson, Settings, read, train, write
from msd_core.storage import write_json
from msd_core.tensors import read_tensors, write_tensors

NEAREST = "nearest"  # no arm: what the likest training picture is called
_FORMAT = "msd-decoder-1"


@dataclass(frozen=True, eq=False)
class Draw:
    """The names of one draw, by split, and what is made of them with a seed; all of it is kept in `folder` as it is
    done, and not done again. epochs: passes over the names. lrs: the learning rates of the arms whose search is over.
    """

    names: dict[str, Names]
    seed: int
    folder: Path
    epochs: int
    lrs: Mapping[str, float]

    @cached_property
    def pieces(self) -> Pieces:
        """Those of the training names."""
        return Pieces(self.names["train"].texts)

    @cached_property
    def length(self) -> int:
        """Pieces of the longest training name, its end among them: no decoder writes a longer one."""
        return self.pieces.encode(self.names["train"].texts).shape[1]

    def search(self, arm: str, lrs: tuple[float, ...]) -> None:
        """Train an arm at each rate, and keep its chrF on validation, the likeliest piece after each other."""
        path = self.folder / "search" / f"{slug(arm)}-{self.seed}.json"
        if path.exists():
            return
        lesson = self._lesson(arm)
        decoders = {f"{lr:g}": train(lesson, self.settings(arm, lr)) for lr in lrs}
        chrf = {lr: self._scores(decoder, "validation", 1)["chrf"] for lr, decoder in decoders.items()}
        write_json(path, {"chrf": chrf})

    def run(self, arm: str) -> None:
        """Train an arm as was chosen for it, and keep what its names score on the test split."""
        path = self.folder / "runs" / f"{slug(arm)}-{self.seed}.json"
        if path.exists():
            return
        if arm == NEAREST:
            write_json(path, by_language(self.names["test"], nearest(self.names["train"], self.names["test"])))
            return
        start, lesson = process_time(), self._lesson(arm)
        decoder = self.decoder(arm, lesson)
        beamed, plain = (self._scores(decoder, "test", width) for width in (WIDTH, 1))
        write_json(path, {
            **beamed, **{f"{name}_greedy": plain[name] for name in ("chrf", "exact")},
            "same": self._same(lesson) if ARMS[arm].sequences else None,
            "lr": self.lrs[arm], "parameters": parameters(decoder), "seconds": round(process_time() - start, 1),
        })  # fmt: skip

    def decoder(self, arm: str, lesson: Lesson | None = None) -> Decoder:
        """The decoder of an arm, trained as was chosen; those that teach are kept."""
        path = self.folder / "decoders" / f"{slug(arm)}-{self.seed}.safetensors"
        if not path.exists():
            decoder = train(lesson or self._lesson(arm), self.settings(arm, self.lrs[arm]))
            if arm in TEACHERS:
                write_tensors(path, decoder.state_dict(), {"format": _FORMAT})
            return decoder
        names = self.names["train"]
        decoder = Decoder(names.pictures.shape[1], len(names.languages), len(self.pieces), ARMS[arm].hidden)
        decoder.load_state_dict(read_tensors(path, _FORMAT)[1])
        return decoder.eval()

    def _lesson(self, arm: str) -> Lesson:
        names, teacher = self.names["train"], ARMS[arm].teacher
        if teacher is None:
            return Lesson(names, self.pieces.encode(names.texts), len(self.pieces))
        decoder = self.decoder(teacher)
        pieces = write(decoder, names, self.length, WIDTH) if ARMS[arm].sequences else self.pieces.encode(names.texts)
        return Lesson(names, pieces, len(self.pieces), read(decoder, names, pieces) if ARMS[arm].words else None)

    def settings(self, arm: str, lr: float) -> Settings:
        """How an arm is trained at a rate; from other weights than its teacher, where that is of its own size."""
        own = ARMS[arm]
        born_again = own.teacher is not None and ARMS[own.teacher].hidden == own.hidden
        return Settings(own.hidden, lr, self.epochs, 2 * self.seed + born_again, own.smoothing, own.noise)

    def _scores(self, decoder: Decoder, split: str, width: int) -> dict[str, float]:
        names = self.names[split]
        return by_language(names, self.pieces.decode(write(decoder, names, self.length, width)))

    def _same(self, lesson: Lesson) -> float:
        """The share of names that the teacher writes as they are."""
        return exact(self.pieces.decode(lesson.pieces), lesson.names.texts)


def slug(arm: str) -> str:
    """An arm's name in a file's."""
    return arm.replace("/", ".")
