"""The named models: sizes of students, specs as plain data, and names."""

import json
from dataclasses import replace

import pytest
import torch

from msd_core.errors import UserError
from msd_core.models.zoo import STUDENTS, ZOO, build, get_spec, parameters, spec_from_dict, spec_to_dict
from msd_core.tensors import hash_state
from tests.tiny import TINY


@pytest.mark.parametrize("student", STUDENTS)
def test_students_have_at_most_a_tenth_of_the_teacher(student):
    for classes in (2, 3, 8, 13):
        teacher = parameters(build(get_spec("teacher"), classes))
        assert 10 * parameters(build(get_spec(student), classes)) <= teacher


def test_an_unknown_model_names_those_there_are():
    with pytest.raises(UserError, match="student-tiny"):
        get_spec("resnet")


@pytest.mark.parametrize("name", ZOO)
def test_a_spec_is_plain_data(name):
    assert spec_from_dict(json.loads(json.dumps(spec_to_dict(ZOO[name])))) == ZOO[name]


def test_a_spec_of_another_version_is_one_sentence():
    with pytest.raises(UserError, match="another version"):
        spec_from_dict({**spec_to_dict(TINY), "depth": 3})


def test_weights_follow_from_the_seed():
    hashes = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        hashes.append(hash_state(build(TINY, 5).state_dict()))
    assert hashes[0] == hashes[1] != hashes[2]


def test_towers_of_a_frozen_spec_do_not_learn():
    model = build(replace(TINY, frozen=True), 5)
    learned = {name.split(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    assert learned == {"project_image", "project_text", "head", "null_image", "null_text"}
