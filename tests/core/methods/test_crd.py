"""CRD: equal to the published code over two batches, and a resumed run goes on as an unbroken one."""

from dataclasses import replace

import pytest
import torch

from msd_core.methods.crd import NEGATIVES
from msd_core.methods.geometry import unit
from tests.core.methods.batches import STUDENT, TEACHER, B, batch_of, make, wave

BATCH = batch_of(wave(B, STUDENT, 0.5), wave(B, TEACHER, 0.6))


def test_crd_is_that_of_the_published_code_over_two_batches():
    """0.8 x RepDistiller, crd/criterion.py at 1fb2343 and crd/memory.py at 97c4c00, with these layers, banks and
    negatives; torchdistill 1.1.4's CRDLoss gives the first number too. Both add 1e-7 where ours need not."""
    method = make("crd").double()
    for layer, width, pitch in ((method.embed_student, STUDENT, 1.1), (method.embed_teacher, TEACHER, 1.3)):
        layer.weight = torch.nn.Parameter(wave(8, width, pitch))
        layer.bias = torch.nn.Parameter(wave(1, 8, pitch + 0.1)[0])
    method.student_bank, method.teacher_bank = unit(wave(10, 8, 1.5)), unit(wave(10, 8, 1.6))
    method._negatives = lambda: torch.tensor([1, 3, 3, 8, 6, 4, 0])
    batch = replace(BATCH, rows=torch.tensor([4, 0, 7, 9, 2, 5]))
    assert float(method(batch).mean().detach()) == pytest.approx(12.067841723874526, rel=1e-6)
    assert method.z.tolist() == pytest.approx([2087.369412295584, 24921.395917373506], rel=1e-9)
    assert float(method(batch).mean().detach()) == pytest.approx(17.207562575279987, rel=1e-6)
    assert float(method.student_bank.sum()) == pytest.approx(-5.940076671023953, rel=1e-9)
    assert method.student_bank[4, :3].tolist() == pytest.approx(
        [-0.0281107160106972, -0.18414898488959475, 0.321851082334087], rel=1e-9
    )


def test_crd_is_least_where_the_positive_is_near_and_the_negatives_are_far():
    method, rows = make("crd"), torch.arange(5)
    own, negatives = method.teacher_bank[rows], torch.arange(5, 10)
    near = method.contrast(student=own, teacher=method.student_bank[rows], rows=rows, negatives=negatives)
    far = method.contrast(student=-own, teacher=-method.student_bank[rows], rows=rows, negatives=negatives)
    assert (near < far).all()


def test_crd_goes_on_as_if_unbroken():
    method, again = make("crd"), make("crd")
    batch = batch_of(wave(B, STUDENT, 0.5).float(), wave(B, TEACHER, 0.6).float())
    method(batch)
    state = method.state_dict()
    assert {"student_bank", "teacher_bank", "z", "draw"} < set(state)
    again.load_state_dict({name: value.clone() for name, value in state.items()})
    assert torch.equal(method(batch), again(batch))
    assert torch.equal(method.teacher_bank, again.teacher_bank)


def test_crd_remembers_its_batches_and_draws_anew():
    method, other = make("crd", examples=5000), make("crd", examples=5000)
    method(batch_of(wave(B, STUDENT, 0.5).float(), wave(B, TEACHER, 0.6).float()))
    changed = (method.student_bank != other.student_bank).any(1)
    assert changed[:B].all() and not changed[B:].any()
    torch.testing.assert_close(method.student_bank.norm(dim=1), torch.ones(5000))
    first, second = method._negatives(), method._negatives()
    assert first.shape == second.shape == (NEGATIVES,) and not torch.equal(first, second)
    assert first.min() >= 0 and first.max() < 5000
