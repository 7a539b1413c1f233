"""The named models: sizes of students, specs as plain data, and names."""

import json
from dataclasses import replace

import pytest
import torch

from msd_core.cost import cost
from msd_core.errors import UserError
from msd_core.models.files import load_model, save_model
from msd_core.models.zoo import STUDENTS, ZOO, build, fit_spec, get_spec, parameters, spec_from_dict, spec_to_dict
from msd_core.tensors import hash_state
from tests.tiny import TINY


@pytest.mark.parametrize("student", STUDENTS)
def test_students_have_at_most_a_tenth_of_the_teacher(student):
    for classes in (2, 3, 8, 13):
        teacher = parameters(build(get_spec("teacher"), classes))
        assert 10 * parameters(build(get_spec(student), classes)) <= teacher


PHOTOGRAPHS = {"photo-student": (1 / 10, 1 / 10), "cut-student": (1 / 3, 1)}  # of the teacher's MACs, and parameters
TEXTS = ["a red shirt", "blue and white running shoes for men with laces", "hat"]


def built(name: str):
    torch.manual_seed(0)
    return build(fit_spec(get_spec(name), TEXTS), 21).eval()


@pytest.mark.parametrize("student", PHOTOGRAPHS)
def test_students_of_photographs_cost_a_part_of_their_teacher(student):
    teacher, small = cost(built("minilm-effnet"), TEXTS), cost(built(student), TEXTS)
    work, size = PHOTOGRAPHS[student]
    assert small.macs <= work * teacher.macs and small.parameters <= size * teacher.parameters
    assert small.milliseconds > 0 and teacher.milliseconds > 0


def test_the_head_of_the_cut_student_has_sixty_thousand_numbers():
    learned = sum(p.numel() for p in built("cut-student").parameters() if p.requires_grad)
    assert 50_000 < learned < 65_000


def test_a_vocabulary_is_cut_to_the_words_in_use():
    spec = fit_spec(get_spec("photo-student"), TEXTS)
    vocabulary = spec.text_options["vocabulary"]
    assert vocabulary[:2] == ["[PAD]", "[UNK]"]
    assert {"red", "shirt", "shoes", "hat"} <= {*vocabulary} and "tree" not in vocabulary
    assert len(vocabulary) < 20
    model = build(spec, 3)
    assert model.tokenize(["red zebra [PAD]"]).ids.min() > 0, "a word that nobody used is unknown, never padding"
    assert spec_from_dict(json.loads(json.dumps(spec_to_dict(spec)))) == spec


def test_only_pretrained_layers_are_unfrozen():
    with pytest.raises(UserError, match="all of the others learn anyway"):
        fit_spec(get_spec("student"), [], unfreeze=1)
    with pytest.raises(UserError, match="leave unfreeze at 0"):
        build(replace(TINY, frozen=True, unfreeze=1), 3)


def test_a_model_that_learns_its_last_layers_is_saved_and_loaded_whole(fifth, tmp_path):
    model = build(spec := fit_spec(get_spec("minilm-effnet"), [], unfreeze=1), 2).eval()
    with torch.no_grad():
        for p in model.parameters():
            if p.requires_grad:
                p.add_(0.01)
    save_model(tmp_path / "model.safetensors", model, spec, fifth)
    assert (tmp_path / "model.safetensors").stat().st_size < 4 * 3_500_000, "frozen layers stay out of the file"
    loaded = load_model(tmp_path, fifth).model
    assert hash_state(loaded.state_dict()) == hash_state(model.state_dict())


def test_loaded_models_share_their_frozen_towers_and_nothing_else(fifth, tmp_path):
    for seed in range(2):
        torch.manual_seed(seed)
        save_model(tmp_path / f"{seed}.safetensors", build(get_spec("cut-student"), 2), get_spec("cut-student"), fifth)
    one, other = (load_model(tmp_path / f"{seed}.safetensors", fifth).model for seed in range(2))
    assert one.image_tower is other.image_tower and one.text_tower is other.text_tower
    assert not any(tower.training for tower in (one.image_tower, one.text_tower))
    learned = [{id(p) for p in model.parameters() if p.requires_grad} for model in (one, other)]
    assert learned[0] and not learned[0] & learned[1]
    assert hash_state(one.state_dict()) != hash_state(other.state_dict())
    assert build(get_spec("cut-student"), 2).image_tower is not one.image_tower, "one that trains has its own"


def test_a_heads_first_weights_do_not_depend_on_who_read_the_towers():
    hashes = set()
    for share in (False, True, True):
        torch.manual_seed(3)
        hashes.add(hash_state(build(get_spec("cut-student"), 2, share).state_dict()))
    assert len(hashes) == 1


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
