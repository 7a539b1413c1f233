"""What a student is trained for: rows of the training data in, the loss and its named terms out."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from msd_core.evaluate import hidden_alone
from msd_core.losses import ce, distillation_loss, kd
from msd_core.methods import Batch, Method, Representations
from msd_core.models.base import Classifier, Encoded
from msd_core.training.adversary import Adversary
from msd_core.training.config import Config
from msd_core.training.hints import Hints
from msd_core.training.prepare import Data
from msd_core.training.recombination import Pairs, Recombined, mean_of_pairs
from msd_core.training.texts import Texts
from msd_core.views import SINGLE, VIEWS, visible

SINGLE_VIEWS = VIEWS[SINGLE]  # `neither` has nothing of the pair to learn from


class Objective(nn.Module):
    """A student, a method and their training data as one module: what accelerate wraps."""

    def __init__(
        self,
        student: Classifier,
        method: Method,
        data: Data,
        config: Config,
        multilabel: bool,
        texts: Texts | None = None,
        adversary: Adversary | None = None,
        hints: Hints | None = None,
    ):
        super().__init__()
        self.student, self.method, self.adversary, self.hints = student, method, adversary, hints
        self.data, self.config, self.multilabel, self.texts = data, config, multilabel, texts

    def forward(
        self,
        rows: Tensor,
        weights: Tensor | None = None,
        dropped: Tensor | None = None,
        texts: Tensor | None = None,
        recombined: Recombined | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of B examples and its terms by name.

        rows: `(B,)`. weights: `(B, 2)`, of the modality-specific terms; None for none. dropped: boolean `(B, 2)`, what
        modality dropout leaves the label term of each example to see; None for both. texts: `(T,)` of those without
        labels; None for none. recombined: pairs of these examples' pictures with other texts; None for none. Returns a
        scalar, nats, and unweighted batch means. Every distinct picture and text is encoded once.
        """
        data, method, view = self.data, self.method, self.config.view
        sees_all = dropped is None or method.needs_teacher
        views = ([view] if sees_all else []) + ([*SINGLE_VIEWS] if weights is not None else [])
        masks = visible(tuple(views), len(rows), rows.device)  # (V, B, 2)
        encoded, pairs = self._encode(rows, recombined)
        logits = self.student.fuse_views(encoded, masks if dropped is None else torch.cat([masks, dropped[None]]))
        seen, smoothing = logits[0 if dropped is None else -1], self.config.label_smoothing
        label = ce(seen, data.labels[rows], self.multilabel, smoothing)  # (B,)
        term = method(self._batch(rows, encoded, logits[0], label))  # (B,) or a scalar
        alone: dict[str, Tensor] = {}
        if weights is not None:
            first = int(sees_all)
            alone = self._alone(rows, encoded, logits[first : first + len(SINGLE_VIEWS)])
        single = torch.stack([*alone.values()]).sum(0) if alone else None  # (2, B)
        apart = None if pairs is None else self._recombined(rows, pairs)
        loss = distillation_loss(
            label=label, method=self.config.alpha * term, single=single, weights=weights, recombined=apart,
            gamma=self.config.gamma, lam=self.config.lam,
        )  # fmt: skip
        terms = self._terms(label, term, alone)
        if apart is not None:
            terms["kd_recombined"] = apart
        if texts is not None:
            shares = {"kd_texts": (1 - self.config.lam) * self.config.texts, "adversary": self.config.adversary}
            for name, value in self._of_texts(texts).items():
                loss, terms[name] = loss + shares[name] * value, value
        return loss, terms

    def _encode(self, rows: Tensor, recombined: Recombined | None) -> tuple[Encoded, Pairs | None]:
        """These examples' encodings, and those of recombined pairs; every distinct picture and text is encoded once."""
        if recombined is None:
            return encode_rows(self.student, self.data, rows), None
        if recombined.inputs is not None:
            images, texts, image_of, text_of = recombined.inputs
            apart = Pairs(self.student.encode(images, texts), image_of, text_of, recombined)
            return encode_rows(self.student, self.data, rows), apart
        data, of_texts = self.data, torch.cat([rows, recombined.texts])
        inputs = data.varied or data.inputs
        images, texts, image_of, text_of = inputs.distinct(data.image_of[rows], data.text_of[of_texts])
        encoded = self.student.encode(images, texts)
        own = encoded.gather(image_of, text_of[: len(rows)])
        return own, Pairs(encoded, image_of[recombined.pictures], text_of[len(rows) :], recombined)

    def _recombined(self, rows: Tensor, pairs: Pairs) -> Tensor:
        """The mean of `kd` on recombined pairs, nats."""
        fusion, recombined, config = self.data.fusion, pairs.recombined, self.config
        assert fusion is not None
        targets = recombined.shuffled() if config.shuffle == "recombined" else recombined

        def kd_of(places: Tensor) -> Tensor:
            teacher, student = targets.answers(fusion, rows, places), pairs.fuse(self.student, places)
            return kd(teacher=teacher, student=student, temperature=config.temperature, multilabel=self.multilabel)

        return mean_of_pairs(kd_of, recombined, len(rows))

    def _of_texts(self, rows: Tensor) -> dict[str, Tensor]:
        """The terms of texts without labels, `(T,)` of them, by name, nats."""
        texts, terms = self.texts, {}
        assert texts is not None
        encoded = self.student.encode(text=texts.inputs.texts(rows))
        if texts.teacher_logits is not None:
            logits = self.student.fuse(encoded, visible(("text",), len(rows), rows.device)[0])
            teacher, temperature = texts.teacher_logits[rows], self.config.temperature
            soft = kd(teacher=teacher, student=logits, temperature=temperature, multilabel=self.multilabel)
            terms["kd_texts"] = soft.mean()
        if self.adversary is not None:
            terms["adversary"] = self.adversary(self.student.encodings(encoded), texts.languages[rows])
        return terms

    def _batch(self, rows: Tensor, encoded: Encoded, logits: Tensor, label: Tensor) -> Batch:
        data = self.data
        teacher = None if data.teacher_logits is None else data.teacher_logits[rows, VIEWS.index(self.config.view)]
        batch = Batch(
            student_logits=logits, teacher_logits=teacher, labels=data.labels[rows], label_term=label, rows=rows
        )
        if data.representations is None:
            return batch
        hidden = self.student.hidden(encoded, visible(("both",), len(rows), rows.device)[0])
        return replace(
            batch,
            student_representations=Representations(self.student.encodings(encoded), hidden),
            teacher_representations=data.representations.gather(rows),
        )

    def _alone(self, rows: Tensor, encoded: Encoded, logits: Tensor) -> dict[str, Tensor]:
        """What is compared of each modality alone, by kind, `(2, B)`: answers, of the student's logits `(2, B, C)`, and
        features."""
        data, config, alone = self.data, self.config, {}
        if config.on != "features":
            alone["kd"] = single_view_losses(data, rows, logits, config, self.multilabel)
        if self.hints is not None and data.features is not None:
            encodings = self.student.encodings(encoded).unflatten(1, (2, -1))
            own = Representations(encodings, hidden_alone(self.student, encoded))
            alone["hint"] = self.hints(own, data.features.gather(rows))
        return alone

    def _terms(self, label: Tensor, term: Tensor, alone: dict[str, Tensor]) -> dict[str, Tensor]:
        name = f"{self.config.method}_{self.config.view}" if self.method.needs_teacher else "ce"
        terms = {"ce": label.mean(), name: term.mean()}
        for kind, losses in alone.items():
            terms |= {f"{kind}_{view}": loss for view, loss in zip(SINGLE_VIEWS, losses.mean(1), strict=True)}
        return terms


def encode_rows(student: Classifier, data: Data, rows: Tensor) -> Encoded:
    """These examples' encodings; every distinct picture and text of them is encoded once."""
    images, texts, image_of, text_of = (data.varied or data.inputs).distinct(data.image_of[rows], data.text_of[rows])
    return student.encode(images, texts).gather(image_of, text_of)


def single_view_losses(data: Data, rows: Tensor, logits: Tensor, config: Config, multilabel: bool) -> Tensor:
    """`kd` on the image alone and on the text alone, `(2, B)` nats, of the student's logits there `(2, B, C)`."""
    assert data.teacher_logits is not None
    teacher = data.teacher_logits[rows, SINGLE].transpose(0, 1)
    return kd(teacher=teacher, student=logits, temperature=config.temperature, multilabel=multilabel)
