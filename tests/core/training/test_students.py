"""Students before their first step, and those that have their teacher's head."""

from dataclasses import replace

import pytest
import torch

from msd_core.models.bundled import load_bundled
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.zoo import build, get_spec
from msd_core.tensors import hash_state
from msd_core.training.config import Config
from msd_core.training.distill import distill, initial_student, new_student
from tests.tiny import TINY

SHORT = Config(model="student-tiny", epochs=1, train_size=100, batch_size=50, weighting="none", seed=3)


def test_a_student_with_the_teachers_head_keeps_it(tmp_path, digits, teacher):
    result = distill(digits, replace(SHORT, method="simkd"), tmp_path / "run", teacher)
    loaded = load_model(tmp_path / "run", digits)
    heads = [model.head.state_dict() for model in (teacher.model, loaded.model)]
    assert all(torch.equal(value, heads[1][name]) for name, value in heads[0].items())
    assert (loaded.spec.dim, loaded.spec.hidden) == (teacher.spec.dim, teacher.spec.hidden)
    assert result["parameters"]["student"] == loaded.parameters
    assert loaded.parameters > sum(value.numel() for value in heads[0].values())
    assert all(parameter.requires_grad for parameter in build(TINY, 2).head.parameters())


@pytest.mark.parametrize("method", ["ce", "simkd"])
def test_a_student_is_known_as_it_was_before_its_first_step(tmp_path, digits, teacher, method):
    config = replace(SHORT, method=method)
    distill(digits, config, tmp_path / "run", teacher)
    loaded, first = load_model(tmp_path / "run", digits), new_student(digits, config, teacher=teacher)
    initial = initial_student(loaded, 3, teacher)
    assert hash_state(initial.model.state_dict()) == hash_state(first.state_dict()) and not initial.model.training
    assert initial_student(load_bundled(digits, "kd"), 3) is not None
    assert initial_student(replace(loaded, info={}), 3) is None


def test_a_student_on_frozen_towers_keeps_the_scale_of_its_features():
    spec = get_spec("cut-student")
    trained = build(spec, 4).eval()
    scale = trained.project_image[0]
    scale.fit(5 + torch.randn(50, len(scale.mean)))
    loaded = LoadedModel(trained, spec, "any", info={"seed": 0})
    initial = initial_student(loaded, 4).model
    assert torch.equal(initial.project_image[0].mean, scale.mean)
    assert not torch.equal(initial.project_image[1].weight, trained.project_image[1].weight)
