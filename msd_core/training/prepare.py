"""All that a run needs before its first step: what the student reads, what the teacher answers, and the weights."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor

from msd_core.errors import UserError
from msd_core.inputs import Inputs, fit_features, read_inputs
from msd_core.methods import METHODS, Method, Representations, Sizes
from msd_core.models.base import Classifier
from msd_core.models.files import LoadedModel
from msd_core.saliency import saliency
from msd_core.tasks import SPLITS, Split, Task, codes, load_split
from msd_core.training.adversary import Adversary
from msd_core.training.config import META, ONE_LANGUAGE, Config
from msd_core.training.control_pairs import control_of
from msd_core.training.corruption import TRAINED, as_student_reads, noisy_inputs
from msd_core.training.events import OnEvent, Stage, ignore
from msd_core.training.hints import Hints
from msd_core.training.lexicon import switched_inputs
from msd_core.training.recombination import Fusion
from msd_core.training.teacher import Answers, config_of, fusion_of, modality_features, representations, targets
from msd_core.training.texts import Texts, distinct_texts, new_adversary, split_with_table
from msd_core.views import IMAGE
from msd_core.weighting import FIXED, weights


@dataclass(frozen=True)
class Data:
    """A split as a run uses it: what the student reads of it, and what each of its N examples is held against, on the
    run's device. The teacher read it as it is; the student may read it with noise."""

    split: Split
    inputs: Inputs
    image_of: Tensor  # (N,)
    text_of: Tensor  # (N,)
    labels: Tensor  # (N,) or (N, C)
    teacher_logits: Tensor | None = None  # (N, 4, C)
    weights: Tensor | None = None  # (N, 2), of the training split; None for `none` and `learned`
    representations: Representations | None = None  # (N, 2D), (N, H), the teacher's, for methods that read them
    features: Representations | None = None  # the teacher's of each modality alone, where these are compared
    fusion: Fusion | None = None  # the teacher's, of the training split, for pairs that are recombined
    varied: Inputs | None = None  # what it reads instead as it trains, where its texts are others each time


@dataclass(frozen=True)
class Setup:
    """A run before its first step. `data` by split: train, validation, test, and `meta` where a step is judged by it;
    `saliency` the teacher's `(N, 2)` of the training split, None without a teacher; `texts` where a run learns from
    texts without labels, and the `adversary` that reads them; `hints` where features of each modality are compared;
    `everything` the training split in every language;
    `unlabelled` the same with the texts of the table that the config names."""

    task: Task
    config: Config
    method: Method
    data: dict[str, Data]
    everything: Split
    unlabelled: Split
    teacher: LoadedModel | None = None
    saliency: Tensor | None = None
    texts: Texts | None = None
    adversary: Adversary | None = None
    hints: Hints | None = None


def check(task: Task, config: Config, teacher: LoadedModel | None, processes: int = 1) -> None:
    """`UserError` where the run lacks a teacher, the method is not defined for the task, or a batch cannot be shared
    out among so many processes."""
    method = METHODS[config.method]
    if teacher is None and config.needs_teacher:
        raise UserError(f"{config.method} with weighting {config.weighting} needs a teacher: name one.")
    if teacher is not None and teacher.task != task.name:
        raise UserError(f"That teacher was made for the task {teacher.task!r}: give one of {task.name!r}.")
    if teacher is not None and task.files is not None and teacher.data != task.files.content:
        raise UserError(
            f"That teacher was trained on other rows than those that {task.name} has now: train it anew, or give the "
            "data that it was trained on."
        )
    if reason := method.undefined_for(task):
        raise UserError(f"{config.method} is not applicable to {task.name}: {reason}.")
    if processes > 1 and method.relates_examples:
        raise UserError(f"{config.method} relates the examples of a batch to one another: run it in one process.")
    if processes > 1 and config.view != "both":
        raise UserError(f"A student of the {config.view} alone has parts that never learn: run it in one process.")
    if config.cross_fit and teacher is not None:
        config_of(teacher)
    if processes > 1 and config.shuffle == "recombined":
        raise UserError("Answers are dealt among the pairs of a whole batch: run it in one process.")
    if processes > 1 and config.cross_fit:
        raise UserError("Targets are cross-fitted by teachers of one process: run it in one, or give no cross_fit.")
    if min(config.batch_size, config.train_size) < processes:
        raise UserError(f"A batch is too small for {processes} processes: give each an example.")


def prepare(
    task: Task,
    config: Config,
    student: Classifier,
    teacher: LoadedModel | None,
    device: torch.device | str = "cpu",
    on_event: OnEvent = ignore,
    crossed: Answers | None = None,
    learned: Callable[[Split], Split] = lambda split: split,
) -> Setup:
    """Read the splits, ask the teacher about them (or find its answers cached), and weigh.

    student: on the device. teacher: None where the config needs none. crossed: the answers to pictures of the training
    split, where they are not the teacher's own. learned: the part of the training split that is trained on. Raises
    `UserError` where `check` does.
    """
    check(task, config, teacher)
    on_event(Stage("Reading the data"))
    splits, everything, whole = _splits(task, config)
    splits["train"] = learned(splits["train"])
    unlabelled = split_with_table(everything, config, on_event) if config.unlabelled else everything
    outputs = _TeacherOutputs()
    if teacher is not None:
        on_event(Stage("Computing the teacher’s answers under the four views"))
        outputs = _teacher_outputs(task, config, teacher, splits, device, crossed)
    term_weights = None if outputs.saliency is None else _weights(config, outputs.saliency)
    if config.shuffle == "targets":
        outputs.logits["train"] = _shuffle_single_views(outputs.logits["train"], config.seed)
    read = as_student_reads(config, splits, len(task.labels))
    fusion = outputs.fusion
    if fusion is not None:
        control = control_of(config, student, fusion.model, outputs.of, read["train"], whole, len(task.labels))
        fusion = replace(fusion, control=control)
    data = {}
    for name, split in read.items():
        train = name == "train"
        data[name] = Data(
            split,
            read_inputs(student, split, on_event),
            split.image_of.to(device),
            split.text_of.to(device),
            split.labels.to(device),
            outputs.logits[name].to(device) if name in outputs.logits else None,
            term_weights.to(device) if term_weights is not None and train else None,
            outputs.representations.to(device) if outputs.representations and train else None,
            outputs.features.to(device) if outputs.features and train else None,
            fusion if train else None,
            _varied(student, split, everything, config) if train else None,
        )
    fit_features(student, data["train"].inputs)
    method = _method(task, config, student, data["train"])
    texts = None
    if config.texts or config.adversary:
        texts = distinct_texts(config, student, unlabelled, outputs.of_training, device)
    adversary = new_adversary(config, student, texts) if texts is not None and config.adversary else None
    hints = _hints(config, student, data["train"])
    return Setup(task, config, method, data, everything, unlabelled, teacher, outputs.saliency, texts, adversary, hints)


def _no_teacher(split: Split) -> Tensor:
    raise AssertionError("there is no teacher")


@dataclass(frozen=True)
class _TeacherOutputs:
    """What a teacher makes of the splits: its logits by split, `(N, 4, C)`, and of the training split what the config
    reads. of, of_training: its logits on any split, and on one of training pictures, cross-fitted where they are so."""

    logits: dict[str, Tensor] = field(default_factory=dict)
    saliency: Tensor | None = None
    representations: Representations | None = None
    features: Representations | None = None
    fusion: Fusion | None = None
    of: Answers = _no_teacher
    of_training: Answers = _no_teacher


def _teacher_outputs(
    task: Task,
    config: Config,
    teacher: LoadedModel,
    splits: dict[str, Split],
    device: torch.device | str,
    crossed: Answers | None,
) -> _TeacherOutputs:
    own = partial(targets, teacher, device=device)
    of_training, train = crossed or own, splits["train"]
    logits = {name: (of_training if name in TRAINED else own)(split) for name, split in splits.items()}
    if not all(torch.isfinite(values).all() for values in logits.values()):
        raise UserError("The teacher answers with numbers that are not finite: train it anew, or choose another.")
    return _TeacherOutputs(
        logits,
        saliency(logits["train"], config.saliency, task.multilabel),
        representations(teacher, train, device) if METHODS[config.method].reads_representations else None,
        modality_features(teacher, train, device) if config.on != "answers" else None,
        fusion_of(teacher, train, config, device) if config.recombine else None,
        own,
        of_training,
    )


def _splits(task: Task, config: Config) -> tuple[dict[str, Split], Split, Split]:
    """The splits of a run; all of the training split that it may look at, in every language; and in those that it
    learns from."""
    splits = {name: load_split(task, name) for name in SPLITS}
    if config.holds_out:
        splits["train"], splits["meta"] = splits["train"].hold_out(META)
    everything = splits["train"]
    if learned := codes(config.languages):  # the test split stays in every language: it shows what went across
        splits |= {name: split.in_languages(*learned) for name, split in splits.items() if name != "test"}
    if config.looks_ahead:  # as small a share of little data as of all
        splits["meta"] = splits["meta"].subset(max(1, round(META / (1 - META) * config.train_size)))
    else:
        splits.pop("meta", None)
    whole = splits["train"]
    splits["train"] = whole.subset(config.train_size)
    if config.freeze_text == "softly" and len({*splits["train"].languages} & {*splits["meta"].languages}) < 2:
        raise UserError(ONE_LANGUAGE)
    return splits, everything, whole


def _varied(student: Classifier, train: Split, everything: Split, config: Config) -> Inputs | None:
    """What a student reads of the training split where it misreads words, or these come in other languages."""
    if config.code_switching:
        return switched_inputs(student, train, everything, config)
    return noisy_inputs(student, train, config.text_noise, config.seed) if config.text_noise else None


def _weights(config: Config, salient: Tensor) -> Tensor | None:
    """The weights of the training split where they do not change as the student learns."""
    if config.weighting not in FIXED:
        return None
    fixed = weights(config.weighting, salient, config.beta, config.direction)
    return fixed[_shuffled(config.seed, len(fixed))] if fixed is not None and config.shuffle == "weights" else fixed


def _shuffle_single_views(logits: Tensor, seed: int) -> Tensor:
    """The teacher's logits, those on anything but `both` dealt out to other examples."""
    shuffled = logits.clone()
    shuffled[:, IMAGE:] = logits[_shuffled(seed, len(logits)), IMAGE:]
    return shuffled


def _shuffled(seed: int, size: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))


def _method(task: Task, config: Config, student: Classifier, train: Data) -> Method:
    """The method's term on `both`, with layers of its own where it has any; these start from the run's seed."""
    own = train.representations
    sizes = None if own is None else _sizes(student, own.encodings.shape[1], own.hidden)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        return METHODS[config.method](config.temperature, task.multilabel, sizes)


def _hints(config: Config, student: Classifier, train: Data) -> Hints | None:
    """What compares features of each modality alone, its layers from the run's seed; None where nothing does."""
    if (own := train.features) is None:
        return None
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        sizes = _sizes(student, own.encodings[0].numel(), own.hidden)
        return Hints(sizes, own).to(own.hidden.device)


def _sizes(student: Classifier, teacher_encodings: int, teacher_hidden: Tensor) -> Sizes:
    return Sizes(
        student_encodings=student.encoding_dim,
        student_hidden=student.hidden_dim,
        teacher_encodings=teacher_encodings,
        teacher_hidden=teacher_hidden.shape[-1],
        examples=len(teacher_hidden),
    )
