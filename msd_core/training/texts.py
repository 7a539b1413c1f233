"""Texts without labels, in every language: what a student reads of them, and what the teacher answers to each alone."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from msd_core.errors import UserError
from msd_core.inputs import Inputs, read_inputs
from msd_core.models.base import Classifier
from msd_core.tasks import Split
from msd_core.tasks.unlabelled import read_texts, with_texts
from msd_core.training.adversary import Adversary
from msd_core.training.config import Config
from msd_core.training.corruption import as_read, noisy_inputs
from msd_core.training.events import Note, OnEvent
from msd_core.training.teacher import Answers
from msd_core.views import TEXT


@dataclass(frozen=True)
class Texts:
    """The V distinct texts without labels, those of the training split in every language among them, on the run's
    device: what the student reads, which language each is in, and the teacher's logits on each alone."""

    inputs: Inputs
    languages: Tensor  # (V,), numbers from 0
    teacher_logits: Tensor | None = None  # (V, C), where they are learned

    def __len__(self) -> int:
        return len(self.languages)


def split_with_table(everything: Split, config: Config, on_event: OnEvent) -> Split:
    """The training split in every language, and the texts of a table that are about it."""
    texts = read_texts(Path(config.unlabelled))
    split = with_texts(everything, texts)
    read = len(split) - len(everything)
    if read < len(texts):
        on_event(Note(f"{len(texts) - read:,} of {len(texts):,} texts without labels are about no training picture."))
    return split


def distinct_texts(
    config: Config,
    student: Classifier,
    unlabelled: Split,
    answers: Answers,
    device: torch.device | str,
) -> Texts:
    """Each distinct text once, with the teacher's answer to it alone, which is the same whatever picture is beside.

    answers: those of the teacher to a split.
    """
    first = torch.zeros(len(unlabelled.texts), dtype=torch.long)
    first[unlabelled.text_of] = torch.arange(len(unlabelled))
    distinct = unlabelled.gather(first)  # example v has text v
    read = replace(distinct, texts=as_read(unlabelled, config).texts)
    noise = config.text_noise
    inputs = noisy_inputs(student, read, noise, config.seed) if noise else read_inputs(student, read)
    _, languages = np.unique(distinct.languages_of_texts, return_inverse=True)
    logits = answers(distinct)[:, TEXT].to(device) if config.texts else None
    return Texts(inputs, torch.from_numpy(languages).to(device), logits)


def new_adversary(config: Config, student: Classifier, texts: Texts) -> Adversary:
    """One that starts from the run's seed. `UserError` where there is one language to tell."""
    languages = int(texts.languages.max()) + 1
    if languages < 2:
        raise UserError("All texts are in one language, so none can be told from another: leave the adversary at 0.")
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        return Adversary(student.encoding_dim // 2, languages)
