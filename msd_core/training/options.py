"""The options of `msd distill`, one a setting of `Config`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.tasks import TASKS
from msd_core.terminal import choice
from msd_core.training.config import COMPARED, FREEZINGS, PAIRS, PRETRAININGS, SHUFFLES, Config
from msd_core.views import NEITHER, VIEWS
from msd_core.weighting import DIRECTIONS, WEIGHTINGS

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    _TaskName = str
    _Method = str
    _Weighting = str
    ModelName = str
    _SaliencyName = str
    _Direction = str
    _Shuffle = str
    _ViewName = str
    _Pretraining = str
    _Freezing = str
    _Pairs = str
    _On = str
else:
    _TaskName, _Method = choice("TaskName", TASKS), choice("Method", METHODS)
    _Weighting, ModelName = choice("Weighting", WEIGHTINGS), choice("ModelName", ZOO)
    _SaliencyName, _Direction = choice("SaliencyName", SALIENCIES), choice("Direction", DIRECTIONS)
    _Shuffle, _ViewName = choice("Shuffle", SHUFFLES), choice("ViewName", VIEWS[:NEITHER])
    _Pretraining, _Freezing = choice("Pretraining", PRETRAININGS), choice("Freezing", FREEZINGS)
    _Pairs, _On = choice("Pairs", PAIRS), choice("On", COMPARED)

TaskName = Annotated[
    _TaskName | None, typer.Option(help="What is classified; if not given, what the teacher was trained on.")
]
Method = Annotated[
    _Method,
    typer.Option(help="What the student learns from on image and text together: labels (ce), or the teacher too."),
]
Weighting = Annotated[
    _Weighting,
    typer.Option(
        help="How much each modality alone counts: none (plain), the same for all, by the mean, by example, as a small "
        "network learns, or by how far the student lags behind."
    ),
]
Model = Annotated[
    ModelName | None,
    typer.Option(help=f"The small model to train; {Config.model}, or cut-student for your data."),
]
Teacher = Annotated[
    str,
    typer.Option(help="'bundled' (the task's own, where it has one), the folder of a finished run, or 'none'."),
]
Epochs = Annotated[
    int | None, typer.Option(help=f"Passes over the training examples; {Config.epochs}, or what your data need.")
]
TrainSize = Annotated[
    int | None,
    typer.Option(help=f"Training examples, {Config.train_size:,} or all of your own; more than there are means all."),
]
BatchSize = Annotated[int | None, typer.Option(help=f"Examples a step; {Config.batch_size}, or fewer of few rows.")]
Lr = Annotated[float | None, typer.Option(help=f"Peak learning rate of AdamW; {Config.lr:g}, or your data's.")]
Seed = Annotated[int, typer.Option(help="Of the initial weights and the order of examples.")]
Temperature = Annotated[float, typer.Option(help="Of the softmax: above 1 the teacher's runner-up labels count more.")]
Lambda = Annotated[float, typer.Option("--lambda", help="The labels' share of the loss, 0 to 1.")]
Alpha = Annotated[float, typer.Option(help="Weight of the method's own term, on top of what its paper gives it.")]
Beta = Annotated[float, typer.Option(help="Mean weight of the modality-specific terms.")]
Saliency = Annotated[_SaliencyName, typer.Option(help="What the weights follow.")]
Direction = Annotated[_Direction, typer.Option(help="Weight a modality's term by its own saliency, or by the other's.")]
ModalityDropout = Annotated[float, typer.Option(help="Share of examples whose label term has a modality hidden.")]
Shuffle = Annotated[
    _Shuffle,
    typer.Option(
        help="A control: shuffle the weights over examples, the single-view targets, the words' translations, or "
        "the targets of recombined pairs."
    ),
]
HoldOut = Annotated[
    bool, typer.Option("--hold-out", help="Keep the meta split out of training, as learned weights always do.")
]
LabelNoise = Annotated[float, typer.Option(help="Share of training labels made wrong, 0 to 1.")]
CorruptText = Annotated[
    float, typer.Option(help="Share of words that the student reads wrong while the teacher reads the clean text.")
]
LabelSmoothing = Annotated[
    float, typer.Option(help="Share of each label that is dealt out evenly over all, 0 to 0.99.")
]
TextNoise = Annotated[
    float, typer.Option(help="Share of words that the student reads wrong as it trains, each time others.")
]
CrossFit = Annotated[
    int,
    typer.Option(
        help="Folds, 2 or more: each training row is answered by a teacher that did not learn from it. 0 for the "
        "teacher itself."
    ),
]
Unfreeze = Annotated[
    int, typer.Option(help="Last layers of pretrained towers that learn as well; 0 trains the head alone.")
]
Languages = Annotated[
    str | None,
    typer.Option(help="Languages of the examples whose labels are learned from, as in en,de; all, or the task's own."),
]
View = Annotated[
    _ViewName,
    typer.Option(help="What labels and method are learned on: a student of the text never sees a picture."),
]
Unlabelled = Annotated[
    Path | None,
    typer.Option(
        help="A table of more texts without labels, CSV, JSON lines or Parquet: a column text, and where these are "
        "known image (the key of the picture that it is about) and language."
    ),
]
Texts = Annotated[
    float, typer.Option(help="Weight of the teacher's answers to texts of every language, without their labels.")
]
Pretraining = Annotated[
    _Pretraining,
    typer.Option(
        help="What the text tower learns before, from these texts: the teacher's vectors (kd), which name one "
        "picture (translation), or to tell each from all others (itself)."
    ),
]
PretrainingEpochs = Annotated[int, typer.Option(help="How often it sees each text then.")]
FreezeText = Annotated[
    _Freezing,
    typer.Option(
        help="How far the text tower keeps what it learned then: all, half of each update, or softly, each layer "
        "as serves languages that are held out in turn."
    ),
]
CodeSwitching = Annotated[
    float,
    typer.Option(help="Share of words that come in another language as it learns, by the names of one picture."),
]
Adversary = Annotated[
    float,
    typer.Option(help="Weight of keeping the language of texts, of every one, from an adversary that tells it."),
]
On = Annotated[
    _On, typer.Option(help="What is compared of each modality alone: answers, features before them, or both.")
]
Recombine = Annotated[
    str,
    typer.Option(
        help="Texts of other examples that the teacher is asked about beside each picture in a step, a number or "
        "'all' of the batch; 0 for none."
    ),
]
Gamma = Annotated[float, typer.Option(help="Weight of the teacher's answers to these pairs.")]
Pairs = Annotated[
    _Pairs,
    typer.Option(
        help="Which pairs: any of the batch, with any text of the training split, or those of the batch where the "
        "teacher relates both most, where student and teacher differ most, or where the teacher is least sure; or, "
        "as controls, other real pairs without labels, noise, or answers by the labels of neighbours."
    ),
]
Questions = Annotated[
    int,
    typer.Option(
        help="Pairs that the teacher is asked about in all, once, with --pairs split: for one whose answers are "
        "dear. 0 for any number."
    ),
]
Out = Annotated[Path | None, typer.Option(help="The run's folder; the same one again goes on where it stopped.")]
