"""Everything that is known of several models on one split, computed once and kept."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from analysis.dataset.calibration import Reliability, by_view, by_view_and_label
from analysis.dataset.emap import Emap, emap
from analysis.dataset.perceptual import Perceptual, perceptual_score
from analysis.words import language_name
from msd_core.evaluate import main_metric, metrics_by_view
from msd_core.losses import kl, log_probs
from msd_core.models.files import LoadedModel, check_models
from msd_core.saliency import probabilities, saliency
from msd_core.tasks import Split, Task, load_split
from msd_core.training.teacher import targets
from msd_core.views import BOTH, MODALITIES, VIEWS

TRAINING_PICTURES = 400  # of the training split, whose examples stand for it beside the test split

Report = Callable[[float, str], None]  # share done, 0 to 1, and what is being done


@dataclass(frozen=True)
class ModelSurvey:
    """One model over the N examples: logits `(N, 4, C)`, the metrics by view, EMAP and Perceptual Score."""

    logits: Tensor
    metrics: dict[str, dict[str, float]]
    emap: Emap
    perceptual: Perceptual


@dataclass(frozen=True)
class Survey:
    """Several models over one split, the teacher first; `training` is the teacher's saliency `(M, 2)` of examples that
    it was trained on."""

    task: Task
    split: Split
    models: dict[str, ModelSurvey]
    training: Tensor

    @property
    def teacher(self) -> str:
        """The first model, against which the others are held."""
        return next(iter(self.models))

    @property
    def students(self) -> list[str]:
        """The others."""
        return list(self.models)[1:]

    @cached_property
    def saliency(self) -> Tensor:
        """The teacher's saliency (necessity) of each example, `(N, 2)` in 0 to 1."""
        return saliency(self.models[self.teacher].logits, "necessity", self.task.multilabel)

    @cached_property
    def gap(self) -> dict[str, Tensor]:
        """By student: KL from the teacher of every example under each view, nats: `(N, 4, 1)`, or by label `(N, 4, C)`
        for a multi-label task."""
        log_p = {name: log_probs(m.logits, self.task.multilabel) for name, m in self.models.items()}
        first = log_p[self.teacher].unsqueeze(-2)
        others = {name: log_p[name].unsqueeze(-2) for name in self.students}
        return {name: kl(log_p=first, log_q=log_q).clamp(min=0) for name, log_q in others.items()}  # rounding

    def gap_by_label(self, student: str) -> Tensor:
        """The same as a mean over the examples of each true label, `(C, 4)`; of a multi-label task over all examples,
        each label's own. NaN where there are none."""
        return self._gaps_by_label[student]

    @cached_property
    def _gaps_by_label(self) -> dict[str, Tensor]:
        if self.task.multilabel:
            return {name: gap.mean(0).T for name, gap in self.gap.items()}
        rows = [self.split.labels == c for c in range(len(self.task.labels))]
        return {name: torch.stack([gap[r, :, 0].mean(0) for r in rows]) for name, gap in self.gap.items()}

    def reliability(self, model: str) -> dict[str, Reliability] | dict[str, list[Reliability]]:
        """Calibration of a model by view; of a multi-label task a list by label for each view."""
        return self._reliability[model]

    @cached_property
    def _reliability(self) -> dict[str, dict]:
        measure = by_view_and_label if self.task.multilabel else by_view
        return {name: measure(model.logits, self.split.labels) for name, model in self.models.items()}

    def scores(self, model: str, label: int | None = None) -> Tensor:
        """The model's probability of `label` under each view, `(N, 4)`; None for each example's true label, of a
        multi-label task for the mean over the labels that an example has (NaN where it has none)."""
        probs = probabilities(self.models[model].logits, self.task.multilabel)
        if label is not None:
            return probs[..., label]
        if not self.task.multilabel:
            return probs.gather(-1, self.split.labels.view(-1, 1, 1).expand(-1, len(VIEWS), 1))[..., 0]
        truth = self.split.labels[:, None, :]
        return (probs * truth).sum(-1) / truth.sum(-1)

    @cached_property
    def right(self) -> dict[str, np.ndarray]:
        """By model whether its answer with both shown is right: boolean `(N,)`; all labels of a multi-label task."""
        return {name: self._right(m.logits[:, BOTH]) for name, m in self.models.items()}

    def _right(self, logits: Tensor) -> np.ndarray:
        if self.task.multilabel:
            return ((logits > 0) == (self.split.labels > 0.5)).all(-1).numpy()
        return (logits.argmax(-1) == self.split.labels).numpy()

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line an example, in the split's order.

        `row`, `text`, `label`, `language` (where examples state one), `evidence` (of a multi-label task: of the labels
        it has), the teacher's `saliency_image` and `saliency_text`; for each model its `answer_*`, the answer's
        probability `prob_*` (not for a multi-label task) and `right_*`; for each student `agrees_*` and `kl_*` from the
        teacher, nats, with both shown.
        """
        columns = {
            "row": np.arange(len(self.split)),
            "text": [self.split.texts[i] for i in self.split.text_of.tolist()],
            "label": self._named(self.split.labels),
        }
        if self.split.language is not None:
            columns["language"] = [language_name(code) for code in self.split.language]
        if self.split.evidence is not None:
            columns["evidence"] = self._decided(self.split.evidence)
        columns |= {f"saliency_{m}": self.saliency[:, i].numpy() for i, m in enumerate(MODALITIES)}
        for name, model in self.models.items():
            logits = model.logits[:, BOTH]
            answers = (logits > 0).float() if self.task.multilabel else logits.argmax(-1)
            columns[f"answer_{name}"] = self._named(answers)
            if not self.task.multilabel:
                columns[f"prob_{name}"] = probabilities(logits).max(-1).values.numpy()
            columns[f"right_{name}"] = self.right[name]
        for name in self.students:
            columns[f"agrees_{name}"] = columns[f"answer_{name}"] == columns[f"answer_{self.teacher}"]
            columns[f"kl_{name}"] = self.gap[name][:, BOTH].mean(-1).numpy()
        return pd.DataFrame(columns)

    def to_dict(self) -> dict:
        """Plain data: the means over the split, by model and view; no examples."""
        splits = {"test": self.saliency, "training": self.training}
        return {
            "task": self.task.name,
            "examples": len(self.split),
            "metric": main_metric(self.task),
            "saliency": {name: dict(zip(MODALITIES, s.mean(0).tolist(), strict=True)) for name, s in splits.items()},
            "models": {name: self._numbers(name, model) for name, model in self.models.items()},
        }

    def _numbers(self, name: str, model: ModelSurvey) -> dict:
        additive, reliability = model.emap, self.reliability(name)
        measured = {kind: getattr(model.perceptual, kind) for kind in ("score", "deviation", "permuted")}
        return {
            "metrics": model.metrics,
            "emap": {
                "output": additive.output,
                "metric": additive.metric,
                "interval": additive.interval,
                "explained": additive.explained,
                "pairs": additive.pairs,
            },
            "perceptual_score": {m: {kind: values[m] for kind, values in measured.items()} for m in MODALITIES},
            "calibration_error": {view: _error(reliability[view]) for view in VIEWS},
            "gap": dict(zip(VIEWS, self.gap[name].mean((0, 2)).tolist(), strict=True)) if name in self.gap else None,
        }

    def _named(self, labels: Tensor) -> np.ndarray:
        names = np.array(self.task.labels, dtype=object)
        if not self.task.multilabel:
            return names[labels.numpy()]
        return np.array([", ".join(names[row]) or "none" for row in labels.numpy() > 0.5], dtype=object)

    def _decided(self, evidence: np.ndarray) -> np.ndarray:
        if not self.task.multilabel:
            return evidence
        has = self.split.labels.numpy() > 0.5
        return np.array([", ".join(sorted(set(e[h]))) or "none" for e, h in zip(evidence, has, strict=True)])


def _error(reliability: Reliability | list[Reliability]) -> float:
    """The expected calibration error; of a multi-label task its mean over labels."""
    return (
        reliability.error
        if isinstance(reliability, Reliability)
        else float(np.mean([each.error for each in reliability]))
    )


def survey(
    task: Task,
    models: dict[str, LoadedModel],
    output: str = "probability",
    split: Split | None = None,
    report: Report = lambda share, what: None,
) -> Survey:
    """Survey models on a task's test split.

    Each distinct image and text is encoded once a model; what takes long is cached, so that a second call is quick.

    models: by name, the first of them the teacher. output: what EMAP works on, `probability` or `logit`. split: another
    one than the test split. Raises `UserError` where there is no model.
    """
    check_models(task, models)
    report(0.0, "Reading the test split")
    split = load_split(task, "test") if split is None else split
    surveys, steps = {}, 3 * len(models) + 2
    for i, (name, loaded) in enumerate(models.items()):
        report((3 * i + 1) / steps, f"{name}: four views of {len(split):,} examples")
        logits = targets(loaded, split)
        scores = metrics_by_view(task, logits, split.labels)
        report((3 * i + 2) / steps, f"{name}: every image with every text")
        additive = emap(loaded, task, split, logits[:, BOTH], output)
        report((3 * i + 3) / steps, f"{name}: images and texts dealt out anew")
        perceptual = perceptual_score(loaded, task, split, scores["both"][main_metric(task)])
        surveys[name] = ModelSurvey(logits, scores, additive, perceptual)
    report((steps - 1) / steps, "Reading training examples")
    train = load_split(task, "train", TRAINING_PICTURES)
    training = saliency(targets(next(iter(models.values())), train), "necessity", task.multilabel)
    report(1.0, "Done")
    return Survey(task, split, surveys, training)
