"""Pictures and their names in several languages, as a decoder reads and writes them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.models.base import Classifier, Features
from msd_core.models.zoo import build, get_spec
from msd_core.tasks import SPLITS, Split, Task, load_split

EYES = "gram-effnet"  # the model of the zoo whose frozen image tower looks at the pictures
PIECES = 8000  # so that words are whole: of 1,000 a decoder makes words that there are not
END = 0  # the piece that a name ends with; it stands before the first one, too, and pads


@dataclass(frozen=True)
class Names:
    """N names of U pictures, no picture with two in a language.

    pictures: features `(U, F)`, float32. picture_of, language_of: int64 `(N,)`, point into pictures and `languages`.
    texts: N names as `normalised` makes them. languages: K codes.
    """

    pictures: Tensor
    picture_of: Tensor
    language_of: Tensor
    texts: tuple[str, ...]
    languages: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def texts_in(self, language: int) -> list[str]:
        """The names in a language, in order."""
        return [text for text, of in zip(self.texts, self.language_of.tolist(), strict=True) if of == language]


def normalised(text: str) -> str:
    """A name as it is learned and scored: letters composed (NFC), upper and lower case alike, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def read_names(task: Task, languages: Sequence[str] = ()) -> dict[str, Names]:
    """The names of each split, in these languages or in all.

    Raises `UserError` for a task whose texts state no language, a language that it has not, and where a picture has
    two names in one: such texts are no names.
    """
    splits = {split: load_split(task, split) for split in SPLITS}
    known = splits["train"].languages
    if not known:
        raise UserError(f"{task.name} says of no text which language it is in: choose a task that does, like emoji.")
    codes = tuple(languages) or tuple(known)
    eyes = build(get_spec(EYES), len(task.labels), share=True).eval()
    return {name: _names(task, split.in_languages(*codes), codes, eyes) for name, split in splits.items()}


def _names(task: Task, split: Split, codes: tuple[str, ...], eyes: Classifier) -> Names:
    assert split.language is not None
    texts = [normalised(split.texts[i]) for i in split.text_of.tolist()]
    language_of = torch.tensor([codes.index(code) for code in split.language])
    places = list(zip(split.image_of.tolist(), language_of.tolist(), strict=True))
    if len(set(places)) < len(places):
        raise UserError(
            f"Pictures of {task.name} have several texts in one language: choose a task of names, like emoji."
        )
    pictures = read_inputs(eyes, split).pictures
    assert isinstance(pictures, Features)
    return Names(pictures.values, split.image_of, language_of, tuple(texts), codes)


class Pieces:
    """Pieces that names are written in: byte-level BPE (Sennrich, Haddow, Birch 2016, arXiv:1508.07909), learned from
    the names themselves. Any text has pieces, also in characters that these names have not."""

    def __init__(self, texts: Sequence[str], size: int = PIECES):
        self.tokenizer = Tokenizer(models.BPE())
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=["<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )  # fmt: skip
        self.tokenizer.train_from_iterator(texts, trainer)
        self.tokenizer.encode_special_tokens = True

    def __len__(self) -> int:
        return self.tokenizer.get_vocab_size()

    def encode(self, texts: Sequence[str]) -> Tensor:
        """The pieces of N texts, int64 `(N, L)`, each with `END` behind it at least once."""
        rows = [row.ids for row in self.tokenizer.encode_batch(list(texts))]
        ids = torch.full((len(rows), 1 + max(map(len, rows))), END)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        return ids

    def decode(self, ids: Tensor) -> list[str]:
        """The texts of `(N, L)` pieces up to the first `END`; bytes that are no character become U+FFFD."""
        kept = [row[: row.index(END)] if END in row else row for row in ids.tolist()]
        return [normalised(text) for text in self.tokenizer.decode_batch(kept)]


def written(pieces: Tensor) -> Tensor:
    """Which of the pieces `(N, L)` belong to a name: all up to the first `END`, that one too. Boolean `(N, L)`."""
    ends = pieces == END
    return ends.cumsum(1) - ends.long() == 0
