"""The teacher's features of the same example against those of others: Tian, Krishnan, Isola 2020, "Contrastive
Representation Distillation", arXiv:1910.10699.

The paper's noise-contrastive loss with its two memory banks, temperature and momentum. Ours is how negatives are drawn:
up to 1,024 a batch, from all rows whatever their label, shared by the batch's examples. Its authors' code draws
16,384 anew for each. Sharing makes one product of matrices of what is a gathered table an example, and leaves the
loss's expectation as it is.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.methods.base import Batch, Method, Sizes
from msd_core.methods.geometry import unit

WEIGHT = 0.8  # RepDistiller's, its authors' code
WIDTH = 128  # of the common space, as there
TEMPERATURE = 0.07
MOMENTUM = 0.5
NEGATIVES = 1024


def cosines(anchors: Tensor, bank: Tensor, rows: Tensor, negatives: Tensor) -> Tensor:
    """Of unit anchors `(B, D)` with rows of a bank `(N, D)`: each its own row `(B,)` first, then the K negatives that
    all share `(K,)`: `(B, 1 + K)`."""
    return torch.cat([(anchors * bank[rows]).sum(1, keepdim=True), anchors @ bank[negatives].T], dim=1)


def partition(cosines: Tensor, examples: int) -> Tensor:
    """Z that makes the densities `exp(cos / T) / Z` sum to about 1 over the bank, a scalar."""
    return (cosines / TEMPERATURE).exp().mean() * examples


def nce(cosines: Tensor, z: Tensor, examples: int) -> Tensor:
    """`-log h_0 - sum_k log(1 - h_k)`, `(B,)` nats, of cosines `(B, 1 + K)` with the positive first.

    `h = p / (p + K / N)` with `p = exp(cos / T) / Z`: how sure it is that the row is the positive, not noise.
    """
    noise = (cosines.shape[1] - 1) / examples
    odds = cosines / TEMPERATURE - (z * noise).log()  # h = sigmoid(odds)
    return F.softplus(-odds[:, 0]) + F.softplus(odds[:, 1:]).sum(1)


class CRD(Method):
    """`0.8 (nce(student, teacher's bank) + nce(teacher, student's bank))`, `(B,)`.

    Both models' features are embedded in a common space, linearly and at unit length. A bank holds what each example's
    embedding lately was. Banks, Z and the next draw are buffers: a resumed run goes on as an unbroken one.
    """

    reads_representations = True
    relates_examples = True

    student_bank: Tensor  # (N, WIDTH), as the next two
    teacher_bank: Tensor
    z: Tensor  # (2,)
    draw: Tensor

    def __init__(self, temperature: float, multilabel: bool, sizes: Sizes):
        super().__init__(temperature, multilabel, sizes)
        self.embed_student = nn.Linear(sizes.student_hidden, WIDTH)
        self.embed_teacher = nn.Linear(sizes.teacher_hidden, WIDTH)
        for name in ("student_bank", "teacher_bank"):
            self.register_buffer(name, unit(torch.randn(sizes.examples, WIDTH)))
        self.register_buffer("z", torch.zeros(2))  # 0 until the first batch sets it
        self.register_buffer("draw", torch.randint(2**31, ()))  # the seed of the next draw

    def forward(self, batch: Batch) -> Tensor:
        representations, targets = batch.representations
        student = unit(self.embed_student(representations.hidden))
        teacher = unit(self.embed_teacher(targets.hidden.detach()))
        loss = self.contrast(student=student, teacher=teacher, rows=batch.rows, negatives=self._negatives())
        _remember(self.student_bank, batch.rows, student)
        _remember(self.teacher_bank, batch.rows, teacher)
        return WEIGHT * loss

    def contrast(self, *, student: Tensor, teacher: Tensor, rows: Tensor, negatives: Tensor) -> Tensor:
        """Both losses of unit embeddings `(B, D)` against the other model's bank, `(B,)`."""
        examples = len(self.student_bank)
        pairs = (
            cosines(student, self.teacher_bank, rows, negatives),
            cosines(teacher, self.student_bank, rows, negatives),
        )
        if not self.z.any():
            self.z.copy_(torch.stack([partition(pair.detach(), examples) for pair in pairs]))
        return torch.stack([nce(pair, z, examples) for pair, z in zip(pairs, self.z, strict=True)]).sum(0)

    def _negatives(self) -> Tensor:
        """Rows of the banks `(K,)`, drawn with replacement, an example's own not excluded."""
        examples = len(self.student_bank)
        generator = torch.Generator().manual_seed(int(self.draw))
        self.draw += 1
        size = min(NEGATIVES, max(1, examples - 1))
        return torch.randint(examples, (size,), generator=generator).to(self.student_bank.device)


@torch.no_grad()
def _remember(bank: Tensor, rows: Tensor, embeddings: Tensor) -> None:
    bank[rows] = unit(MOMENTUM * bank[rows] + (1 - MOMENTUM) * embeddings)
