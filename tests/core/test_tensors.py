"""Files of named tensors: read as written, and refused in one sentence where they are not whole or not ours."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from msd_core.errors import UserError
from msd_core.tensors import hash_module, hash_state, read_tensors, write_tensors

STATE = {"weight": torch.arange(6.0).reshape(2, 3), "rows": torch.tensor([3, 1]), "half": torch.ones(2).half()}


def test_tensors_are_read_as_they_were_written(tmp_path):
    write_tensors(tmp_path / "x", {**STATE, "turned": STATE["weight"].T}, {"format": "mine", "seeds": [1, 2]})
    header, tensors = read_tensors(tmp_path / "x", "other", "mine")
    assert header == {"format": "mine", "seeds": [1, 2]}
    assert torch.equal(tensors.pop("turned"), STATE["weight"].T)
    assert hash_state(tensors) == hash_state(STATE)


@pytest.mark.parametrize(
    "change",
    [
        {"weight": STATE["weight"] + 1e-6},
        {"weight": STATE["weight"].reshape(3, 2)},
        {"rows": STATE["rows"].int()},
        {"bias": STATE["rows"]},
    ],
)
def test_a_hash_is_of_names_types_shapes_and_values(change):
    assert hash_state(STATE) == hash_state(dict(reversed(STATE.items())))
    assert hash_state({**STATE, **change}) != hash_state(STATE)


def test_what_is_not_ours_is_one_sentence(tmp_path):
    write_tensors(tmp_path / "x", STATE, {"format": "mine"})
    save_file(STATE, tmp_path / "bare")
    for name, message in (("x", "another version"), ("bare", "not a file of this program"), ("none", "no file none")):
        with pytest.raises(UserError, match=message):
            read_tensors(tmp_path / name, "other")


@given(place=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_a_file_changed_by_a_bit_is_one_sentence(tmp_path_factory, place, bit):
    path = tmp_path_factory.mktemp("tensors") / "x"
    write_tensors(path, STATE, {"format": "mine"})
    content = bytearray(path.read_bytes())
    numbers = sum(values.nbytes for values in STATE.values())
    content[len(content) - numbers + int(place * numbers)] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        read_tensors(path, "mine")


def test_a_file_of_an_earlier_version_has_no_checksum(tmp_path):
    save_file(STATE, tmp_path / "x", {"msd": '{"format": "mine"}'})
    assert hash_state(read_tensors(tmp_path / "x", "mine")[1]) == hash_state(STATE)


@given(left=st.floats(0, 0.99))
def test_a_file_cut_anywhere_is_one_sentence(tmp_path_factory, left):
    path = tmp_path_factory.mktemp("tensors") / "x"
    write_tensors(path, STATE, {"format": "mine"})
    path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
    with pytest.raises(UserError, match=r"damaged|not a file of this program"):
        read_tensors(path, "mine")


def test_a_modules_hash_is_new_once_a_weight_is_written_to():
    module = torch.nn.Linear(3, 2)
    first = hash_module(module)
    assert hash_module(module) == first == hash_state(module.state_dict())
    with torch.no_grad():
        module.bias.add_(1)
    assert hash_module(module) == hash_state(module.state_dict()) != first
