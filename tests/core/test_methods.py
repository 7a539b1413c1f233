"""The methods: equal to the published code on fixed tensors, finite wherever a batch can be, and worth training on.

Numbers marked as golden were printed by other people's code, run in float64 on the tensors made here.
"""

import pytest
import torch
from torch import Tensor

from msd_core.inputs import read_inputs
from msd_core.methods import METHODS, Method, Representations, Seen, Sizes
from msd_core.methods.crd import NEGATIVES
from msd_core.methods.fitnets import FitNets
from msd_core.methods.geometry import unit
from msd_core.methods.rkd import relations, rkd
from msd_core.methods.sp import sp
from msd_core.models.zoo import build
from msd_core.steps import Data, Mix, Objective
from msd_core.tasks import get_task
from tests.conftest import TINY

BASELINES = {name: method for name, method in METHODS.items() if method is not None}
READING = {name: method for name, method in BASELINES.items() if method.reads_features}
B, C, STUDENT, TEACHER = 6, 4, 5, 9  # examples, labels, widths


def wave(rows: int, columns: int, pitch: float) -> Tensor:
    """Numbers from -1 to 1 that any machine makes again, of full rank."""
    return torch.sin(pitch * torch.arange(1, rows * columns + 1, dtype=torch.float64) ** 2).reshape(rows, columns)


def seen(student: Tensor, teacher: Tensor, logits: tuple[Tensor, Tensor] | None = None) -> Seen:
    """A batch with these features, as encodings and as hidden ones."""
    size = len(student)
    said, told = logits or (3 * wave(size, C, 0.7).to(student), 4 * wave(size, C, 0.8).to(student))
    labels = torch.arange(size) * 7 % C
    features = Representations(student, student), Representations(teacher, teacher)
    return Seen(said, told, labels, torch.arange(size), *features)


def make(name: str, student: int = STUDENT, teacher: int = TEACHER, examples: int = 10) -> Method:
    torch.manual_seed(0)
    return BASELINES[name](2.0, False, Sizes(student, student, teacher, teacher, examples))


BATCH = seen(wave(B, STUDENT, 0.5), wave(B, TEACHER, 0.6))


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


def test_crd_is_that_of_the_published_code_over_two_batches():
    """0.8 x RepDistiller, crd/criterion.py at 1fb2343 and crd/memory.py at 97c4c00, with these layers, banks and
    negatives; torchdistill 1.1.4's CRDLoss gives the first number too. Both add 1e-7 where ours need not."""
    method = make("crd").double()
    for layer, width, pitch in ((method.embed_student, STUDENT, 1.1), (method.embed_teacher, TEACHER, 1.3)):
        layer.weight = torch.nn.Parameter(wave(8, width, pitch))
        layer.bias = torch.nn.Parameter(wave(1, 8, pitch + 0.1)[0])
    method.student_bank, method.teacher_bank = unit(wave(10, 8, 1.5)), unit(wave(10, 8, 1.6))
    method._negatives = lambda: torch.tensor([1, 3, 3, 8, 6, 4, 0])
    batch = Seen(*(getattr(BATCH, f) for f in ("student", "teacher", "labels")), torch.tensor([4, 0, 7, 9, 2, 5]),
                 BATCH.student_features, BATCH.teacher_features)  # fmt: skip
    assert float(method(batch).mean().detach()) == pytest.approx(12.067841723874526, rel=1e-6)
    assert method.z.tolist() == pytest.approx([2087.369412295584, 24921.395917373506], rel=1e-9)
    assert float(method(batch).mean().detach()) == pytest.approx(17.207562575279987, rel=1e-6)
    assert float(method.student_bank.sum()) == pytest.approx(-5.940076671023953, rel=1e-9)
    assert method.student_bank[4, :3].tolist() == pytest.approx(
        [-0.0281107160106972, -0.18414898488959475, 0.321851082334087], rel=1e-9
    )


@pytest.mark.parametrize("name", sorted(BASELINES.keys() - {"crd"}))
def test_a_student_that_equals_its_teacher_loses_nothing(name):
    x, z = wave(B, TEACHER, 0.6), 4 * wave(B, C, 0.8)
    method = make(name, TEACHER).double()
    if isinstance(method, FitNets):
        torch.nn.init.eye_(method.regressor.weight)
        torch.nn.init.zeros_(method.regressor.bias)
    assert float(method(seen(x, x, (z, z))).detach().abs().max()) == pytest.approx(0, abs=1e-12)


def test_relations_do_not_change_with_place_turn_and_scale():
    x, other = wave(B, TEACHER, 0.6), wave(B, STUDENT, 0.5)
    turn = torch.linalg.qr(wave(TEACHER, TEACHER, 0.9))[0]
    torch.testing.assert_close(rkd(3 * x @ turn + 1, other), rkd(x, other))
    torch.testing.assert_close(sp(3 * x @ turn, other), sp(x, other))


def test_crd_is_least_where_the_positive_is_near_and_the_negatives_are_far():
    method, rows = make("crd"), torch.arange(5)
    own, negatives = method.teacher_bank[rows], torch.arange(5, 10)
    near = method.contrast(own, method.student_bank[rows], rows, negatives)
    far = method.contrast(-own, -method.student_bank[rows], rows, negatives)
    assert (near < far).all()


@pytest.mark.parametrize("name", sorted(BASELINES.keys() - {"kd"}))
def test_the_gradient_reaches_the_student_and_not_the_teacher(name):
    student, teacher = wave(B, STUDENT, 0.5).requires_grad_(), wave(B, TEACHER, 0.6).requires_grad_()
    said, told = (3 * wave(B, C, 0.7)).requires_grad_(), (4 * wave(B, C, 0.8)).requires_grad_()
    method = make(name).double()
    method(seen(student, teacher, (said, told))).mean().backward()
    reached = student if method.reads_features else said
    assert (reached.grad != 0).any(1).all(), "of every example"
    assert teacher.grad is None and told.grad is None
    assert all((p.grad != 0).any() for p in method.parameters())


_ONE = wave(1, STUDENT, 0.5), wave(1, TEACHER, 0.6)
_TWICE = wave(3, STUDENT, 0.5)[[0, 0, 1, 2]], wave(3, TEACHER, 0.6)[[0, 0, 1, 2]]
HARD = {
    "one example": _ONE,
    "one example twice": (_ONE[0].repeat(2, 1), _ONE[1].repeat(2, 1)),
    "two of four coincide": _TWICE,
    "they coincide for the student alone": (_TWICE[0], wave(4, TEACHER, 0.6)),
    "but for rounding": (_TWICE[0] + 1e-6 * wave(4, STUDENT, 0.4), wave(4, TEACHER, 0.6)),
    "the student says the same of all": (torch.ones(4, STUDENT), wave(4, TEACHER, 0.6)),
    "dead features": (torch.zeros(4, STUDENT), wave(4, TEACHER, 0.6)),
    "a dead teacher": (wave(4, STUDENT, 0.5), torch.zeros(4, TEACHER)),
}


@pytest.mark.parametrize("what", HARD)
@pytest.mark.parametrize("name", BASELINES)
def test_loss_and_gradient_stay_of_a_size(name, what):
    """torchdistill's RKDLoss: no number for one example, a gradient of 1e11 for two that coincide for the student."""
    student, teacher = HARD[what]
    student = student.float().requires_grad_()
    same = 30 * wave(1, C, 0.7).float().expand(len(student), C)  # sure, and the same of every example
    said = same.clone().requires_grad_()
    loss = make(name)(seen(student, teacher.float(), (said, 4 * wave(len(student), C, 0.8).float()))).mean()
    loss.backward()
    reached = student if name in READING else said
    assert torch.isfinite(loss) and reached.grad.abs().max() < 1e3


@pytest.mark.parametrize("name", BASELINES)
def test_half_precision_stays_near(name):
    """The loop runs under autocast where a GPU knows bfloat16."""
    batch = seen(BATCH.student_features.hidden.float(), BATCH.teacher_features.hidden.float())
    whole = make(name)(batch).mean().detach()
    with torch.autocast("cpu", torch.bfloat16):
        half = make(name)(batch).mean().detach()
    assert float(half) == pytest.approx(float(whole), rel=0.05)


@pytest.mark.parametrize("name", BASELINES)
def test_training_lowers_the_term(name, tiny_split):
    torch.manual_seed(0)
    student = build(TINY, 5)
    data = Data(
        read_inputs(student, tiny_split), tiny_split.image_of, tiny_split.text_of, tiny_split.labels,
        3 * torch.randn(len(tiny_split), 4, 5), None,
        Representations(torch.randn(len(tiny_split), 20), torch.randn(len(tiny_split), 20)),
    )  # fmt: skip
    sizes = Sizes(2 * student.dim, student.head.width, 20, 20, len(tiny_split))
    objective = Objective(student, data, Mix(method=name), BASELINES[name](2.0, False, sizes))
    optimizer = torch.optim.Adam(objective.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        loss, terms = objective(torch.arange(len(tiny_split)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(terms[f"{name}_both"].detach()))
    assert losses[-1] < 0.9 * losses[0], losses


@pytest.mark.parametrize("task", ["easy-vqa", "digits", "sarcasm", "posters"])
def test_what_says_nothing_on_a_task_says_so(task):
    silent = {name for name, method in BASELINES.items() if method.undefined_for(get_task(task))}
    assert silent == ({"dkd", "dist"} if task in ("sarcasm", "posters") else set())


def test_crd_goes_on_as_if_unbroken():
    method, again = make("crd"), make("crd")
    batch = seen(wave(B, STUDENT, 0.5).float(), wave(B, TEACHER, 0.6).float())
    method(batch)
    state = method.state_dict()
    assert {"student_bank", "teacher_bank", "z", "draw"} < set(state)
    again.load_state_dict({name: value.clone() for name, value in state.items()})
    assert torch.equal(method(batch), again(batch))
    assert torch.equal(method.teacher_bank, again.teacher_bank)


def test_crd_remembers_what_it_saw_and_draws_anew():
    method, other = make("crd", examples=5000), make("crd", examples=5000)
    method(seen(wave(B, STUDENT, 0.5).float(), wave(B, TEACHER, 0.6).float()))
    changed = (method.student_bank != other.student_bank).any(1)
    assert changed[:B].all() and not changed[B:].any()
    torch.testing.assert_close(method.student_bank.norm(dim=1), torch.ones(5000))
    first, second = method._negatives(), method._negatives()
    assert first.shape == second.shape == (NEGATIVES,) and not torch.equal(first, second)
    assert first.min() >= 0 and first.max() < 5000


def test_features_are_needed_only_by_those_that_read_them():
    assert set(READING) == {"fitnets", "rkd", "sp", "crd"}
    for name in BASELINES.keys() - READING.keys():
        BASELINES[name](2.0, False)


def test_directions_of_nothing_are_nothing():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    unit(x).sum().backward()
    assert unit(x).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]] and x.grad[1].tolist() == [0.0, 0.0]
    distances, angles = relations(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert float(distances.sum()) == pytest.approx(6), "the mean of two different points is 1"
    assert angles[0, 1, 2] == pytest.approx(0, abs=1e-6) and angles[1, 0, 2] == pytest.approx(0.5**0.5)
