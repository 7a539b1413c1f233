"""The methods: equal to the published code on fixed tensors, finite wherever a batch can be, and worth training on.

Numbers marked as golden were printed by other people's code, run in float64 on the tensors made here.
"""

import inspect
from pathlib import Path

import pytest
import torch

import msd_core.methods
from msd_core.inputs import read_inputs
from msd_core.methods import METHODS, Representations, Sizes
from msd_core.methods.base import Method
from msd_core.methods.fitnets import FitNets
from msd_core.methods.rkd import rkd
from msd_core.methods.sp import sp
from msd_core.models.zoo import build
from msd_core.tasks import TASKS, load_task
from msd_core.training.config import Config
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from tests.core.methods.batches import STUDENT, TEACHER, B, C, batch_of, fitting, make, wave
from tests.tiny import TINY

COMPARING = {name: method for name, method in METHODS.items() if method.needs_teacher}
READING = {name: method for name, method in METHODS.items() if method.reads_representations}
BATCH = batch_of(wave(B, STUDENT, 0.5), wave(B, TEACHER, 0.6))


@pytest.mark.parametrize(
    "name, golden",
    [
        ("rkd", 3.4283814619822555),  # torchdistill 1.1.4, RKDLoss(dist_factor=25, angle_factor=50, reduction="mean")
        ("sp", 395.0817849912352),  # 3000 x RepDistiller 1e2f816, distiller_zoo/SP.py, Similarity.similarity_loss
        ("dist", 18.297898485814756),  # torchdistill 1.1.4, DISTLoss(beta=2, gamma=2, tau=2)
        ("dkd", 20.794549065264846),  # mdistiller e8c5bb3, distillers/DKD.py, dkd_loss(alpha=1, beta=8, temperature=2)
    ],
)
def test_a_loss_is_that_of_the_published_code(name, golden):
    assert float(make(name)(BATCH).mean()) == pytest.approx(golden, rel=1e-9)


def test_hints_are_those_of_the_published_code():
    method = make("fitnets").double()
    with torch.no_grad():
        method.regressor.weight.copy_(wave(TEACHER, STUDENT, 0.9))
        method.regressor.bias.copy_(wave(1, TEACHER, 1.0)[0])
    loss = method(BATCH)
    assert loss.shape == (B,)
    # 100 x RepDistiller 1e2f816, distiller_zoo/FitNet.py, HintLoss, after the same linear map
    assert float(loss.detach().mean()) == pytest.approx(162.25877459320114, rel=1e-9)


@pytest.mark.parametrize("name", sorted(COMPARING.keys() - {"crd"}))
def test_a_student_that_equals_its_teacher_loses_nothing(name):
    x, z = wave(B, TEACHER, 0.6), 4 * wave(B, C, 0.8)
    method = make(name, TEACHER).double()
    if isinstance(method, FitNets):
        torch.nn.init.eye_(method.regressor.weight)
        torch.nn.init.zeros_(method.regressor.bias)
    assert float(method(batch_of(x, x, (z, z))).detach().abs().max()) == pytest.approx(0, abs=1e-12)


def test_relations_do_not_change_with_place_turn_and_scale():
    x, other = wave(B, TEACHER, 0.6), wave(B, STUDENT, 0.5)
    turn = torch.linalg.qr(wave(TEACHER, TEACHER, 0.9))[0]
    torch.testing.assert_close(rkd(teacher=3 * x @ turn + 1, student=other), rkd(teacher=x, student=other))
    torch.testing.assert_close(sp(teacher=3 * x @ turn, student=other), sp(teacher=x, student=other))


@pytest.mark.parametrize("name", sorted(COMPARING.keys() - {"kd"}))
def test_the_gradient_reaches_the_student_and_not_the_teacher(name):
    student, teacher = wave(B, STUDENT, 0.5).requires_grad_(), wave(B, TEACHER, 0.6).requires_grad_()
    student_logits, teacher_logits = (3 * wave(B, C, 0.7)).requires_grad_(), (4 * wave(B, C, 0.8)).requires_grad_()
    method = make(name).double()
    batch = batch_of(student, teacher, (student_logits, teacher_logits))
    method(fitting(name, batch)).mean().backward()
    reached = student if name in READING else student_logits
    assert (reached.grad != 0).any(1).all(), "of every example"
    assert teacher.grad is None and teacher_logits.grad is None
    assert all((p.grad != 0).any() for p in method.parameters())


_ONE = wave(1, STUDENT, 0.5), wave(1, TEACHER, 0.6)
_TWICE = wave(3, STUDENT, 0.5)[[0, 0, 1, 2]], wave(3, TEACHER, 0.6)[[0, 0, 1, 2]]
HARD = {
    "one example": _ONE,
    "one example twice": (_ONE[0].repeat(2, 1), _ONE[1].repeat(2, 1)),
    "two of four coincide": _TWICE,
    "they coincide for the student alone": (_TWICE[0], wave(4, TEACHER, 0.6)),
    "but for rounding": (_TWICE[0] + 1e-6 * wave(4, STUDENT, 0.4), wave(4, TEACHER, 0.6)),
    "the student's are all alike": (torch.ones(4, STUDENT), wave(4, TEACHER, 0.6)),
    "dead features": (torch.zeros(4, STUDENT), wave(4, TEACHER, 0.6)),
    "a dead teacher": (wave(4, STUDENT, 0.5), torch.zeros(4, TEACHER)),
}


@pytest.mark.parametrize("what", HARD)
@pytest.mark.parametrize("name", METHODS)
def test_loss_and_gradient_stay_of_a_size(name, what):
    """torchdistill's RKDLoss: no number for one example, a gradient of 1e11 for two that coincide for the student."""
    student, teacher = HARD[what]
    student = student.float().requires_grad_()
    same = 30 * wave(1, C, 0.7).float().expand(len(student), C)  # sure, and the same of every example
    logits = same.clone().requires_grad_()
    batch = batch_of(student, teacher.float(), (logits, 4 * wave(len(student), C, 0.8).float()))
    loss = make(name)(fitting(name, batch)).mean()
    loss.backward()
    reached = student if name in READING else logits
    assert torch.isfinite(loss) and reached.grad.abs().max() < 1e3


@pytest.mark.parametrize("name", METHODS)
def test_half_precision_stays_near(name):
    """The loop runs under autocast where a GPU knows bfloat16."""
    batch = batch_of(BATCH.student_representations.hidden.float(), BATCH.teacher_representations.hidden.float())
    batch = fitting(name, batch)
    whole = make(name)(batch).mean().detach()
    with torch.autocast("cpu", torch.bfloat16):
        half = make(name)(batch).mean().detach()
    assert float(half) == pytest.approx(float(whole), rel=0.05)


@pytest.mark.parametrize("name", METHODS)
def test_training_lowers_the_term(name, tiny_split):
    torch.manual_seed(0)
    student = build(TINY, 5)
    data = Data(
        tiny_split, read_inputs(student, tiny_split), tiny_split.image_of, tiny_split.text_of, tiny_split.labels,
        3 * torch.randn(len(tiny_split), 4, 5), None,
        Representations(torch.randn(len(tiny_split), 2 * TINY.dim), torch.randn(len(tiny_split), 20)),
    )  # fmt: skip
    own = {"student_encodings": 2 * TINY.dim, "student_hidden": TINY.hidden}
    sizes = Sizes(**own, teacher_encodings=2 * TINY.dim, teacher_hidden=20, examples=len(tiny_split))
    method = METHODS[name](2.0, False, sizes)
    objective = Objective(student, method, data, Config(method=name), False)
    optimizer = torch.optim.Adam(objective.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        loss, terms = objective(torch.arange(len(tiny_split)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(terms["ce" if name == "ce" else f"{name}_both"].detach()))
    assert losses[-1] < 0.9 * losses[0], losses


@pytest.mark.parametrize("task", TASKS)
def test_what_is_undefined_for_a_task_is_a_reason(task):
    reasons = {name: method.undefined_for(load_task(task)) for name, method in METHODS.items()}
    undefined = {name for name, reason in reasons.items() if reason}
    assert undefined == ({"dkd", "dist"} if len(load_task(task).labels) == 2 or load_task(task).multilabel else set())
    assert all(not reason.endswith(".") for reason in reasons.values() if reason), "the end of a sentence"


def test_representations_are_needed_only_by_those_that_read_them():
    assert set(READING) == {"fitnets", "simkd", "rkd", "sp", "crd"} and set(METHODS) - set(COMPARING) == {"ce"}
    for name in METHODS.keys() - READING.keys():
        assert torch.isfinite(METHODS[name](2.0, False)(BATCH)).all()


def test_representations_are_gathered_by_example():
    both = Representations(torch.arange(6.0).view(3, 2), torch.arange(3.0).view(3, 1))
    some = both.gather(torch.tensor([2, 0]))
    assert some.encodings.tolist() == [[4, 5], [0, 1]] and some.hidden.tolist() == [[2], [0]]


def test_a_file_and_a_line_make_a_method():
    """Every class of a method in the folder is in the table, under a name of its own."""
    folder = Path(msd_core.methods.__file__).parent
    written = [
        member
        for path in folder.glob("*.py")
        for member in vars(__import__(f"msd_core.methods.{path.stem}", fromlist=["x"])).values()
        if inspect.isclass(member) and issubclass(member, Method) and member is not Method
    ]
    assert set(written) == set(METHODS.values()) and len(set(METHODS.values())) == len(METHODS)
