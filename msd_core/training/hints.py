"""What a student's features of each modality alone are held against: the teacher's, each through a projector.

A modality alone has two features: its encoding, and what the head makes of it while the other is hidden. Hints are
those of FitNets (Romero et al. 2015, arXiv:1412.6550); of one modality at a time, weighted as its answers are, they are
ours.
"""

import torch
from torch import Tensor, nn

from msd_core.methods import Representations, Sizes
from msd_core.methods.fitnets import WEIGHT


class Hints(nn.Module):
    """`50 [ mean((P e_S - e_T)^2) / v + mean((Q h_S - h_T)^2) / v ]` of each modality alone, so that one that knows no
    more than the mean loses 100; v is the variance of the teacher's over the training split.

    Of N examples both encodings are `(N, 2, D)`, and the last features with the other modality hidden `(N, 2, H)`.
    sizes: of both models; teacher: its features of the training split.
    """

    spread: Tensor

    def __init__(self, sizes: Sizes, teacher: Representations):
        super().__init__()
        student, own = sizes.student_encodings // 2, sizes.teacher_encodings // 2
        self.encodings = nn.ModuleList(nn.Linear(student, own) for _ in range(2))
        self.hidden = nn.ModuleList(nn.Linear(sizes.student_hidden, sizes.teacher_hidden) for _ in range(2))
        spread = [part.var(0, correction=0).mean(-1) for part in (teacher.encodings, teacher.hidden)]
        self.register_buffer("spread", torch.stack(spread).clamp(min=1e-6))  # (2, 2), by kind and modality

    def forward(self, student: Representations, teacher: Representations) -> Tensor:
        """Of B examples the hint on the image and on the text, `(2, B)`."""
        kinds = zip((self.encodings, self.hidden), ("encodings", "hidden"), self.spread, strict=True)
        total = student.encodings.new_zeros(())
        for projectors, kind, spread in kinds:
            ours, theirs = getattr(student, kind), getattr(teacher, kind).detach()
            projected = torch.stack([project(ours[:, m]) for m, project in enumerate(projectors)])  # (2, B, D)
            total = total + WEIGHT / 2 * (projected - theirs.transpose(0, 1)).square().mean(-1) / spread[:, None]
        return total
