"""The contract: encode once, fuse any view, and never a trace of what is hidden."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from msd_core.errors import UserError
from msd_core.evaluate import encode_split, logits_by_view, mean_encoding
from msd_core.inputs import read_inputs
from msd_core.models.base import Embedded, Encoded
from msd_core.models.files import load_model, save_model
from msd_core.models.zoo import STUDENTS, build, get_spec, parameters, spec_to_dict
from msd_core.tasks import get_task
from msd_core.views import VIEWS, visible
from tests.conftest import TINY


def model():
    torch.manual_seed(0)
    return build(TINY, 5).eval()


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), value=st.sampled_from([0.0, 1e30, float("nan"), float("inf")]))
def test_a_view_does_not_depend_on_what_it_hides(seed, value):
    net, generator = model(), torch.Generator().manual_seed(seed)
    images, others = torch.rand(2, 3, 3, 64, 64, generator=generator)
    tokens, words = torch.randint(0, 2000, (2, 3, 6), generator=generator)
    masks = visible(batch=3)
    one = net(images, tokens, masks)
    assert torch.equal(one[VIEWS.index("image")], net(images, words, masks)[VIEWS.index("image")])
    assert torch.equal(one[VIEWS.index("text")], net(others, tokens, masks)[VIEWS.index("text")])
    assert torch.equal(one[VIEWS.index("neither")], net(others, words, masks)[VIEWS.index("neither")])
    encoded = net.encode(images, tokens)
    broken = Encoded(torch.full_like(encoded.image, value), encoded.text)
    assert torch.equal(net.fuse(broken, masks[VIEWS.index("text")]), net.fuse(encoded, masks[VIEWS.index("text")]))


def test_a_batch_may_mix_views_and_lack_a_modality():
    net = model()
    images, tokens = torch.rand(4, 3, 64, 64), torch.randint(1, 2000, (4, 6))
    encoded = net.encode(images, tokens)
    mixed = visible()[:, 0]  # row i under view i
    apart = torch.stack([net.fuse(encoded, mask)[i] for i, mask in enumerate(visible(batch=4))])
    torch.testing.assert_close(net.fuse(encoded, mixed), apart)
    only_text = net.encode(text=tokens)
    torch.testing.assert_close(
        net.fuse(only_text, visible(("text",), 4)[0]), net.fuse(encoded, visible(("text",), 4)[0])
    )


def test_embeddings_are_a_way_in():
    net, tokens = model(), torch.tensor([[5, 6, 7, 0, 0]])
    embedded = net.embed(tokens)
    values = embedded.values.detach().requires_grad_()
    again = net.encode(text=Embedded(values, embedded.mask)).text
    torch.testing.assert_close(again, net.encode(text=tokens).text)
    again.square().sum().backward()
    assert values.grad[0, :3].abs().sum() > 0
    assert values.grad[0, 3:].abs().sum() == 0, "padding must not be read"


def test_padding_changes_nothing():
    net = model()
    short, long = torch.tensor([[5, 6, 7]]), torch.tensor([[5, 6, 7, 0, 0, 0, 0]])
    torch.testing.assert_close(net.encode(text=short).text, net.encode(text=long).text)


def test_distinct_pictures_are_encoded_once_and_pairs_gathered(tiny_model, tiny_split):
    got = logits_by_view(tiny_model, tiny_split)
    images = torch.from_numpy(tiny_split.images[tiny_split.image_of.numpy()]).permute(0, 3, 1, 2).float() / 255
    tokens = tiny_model.tokenize([tiny_split.texts[i] for i in tiny_split.text_of]).ids
    with torch.no_grad():
        plain = tiny_model(images, tokens, visible(batch=len(tiny_split))).transpose(0, 1)
    torch.testing.assert_close(got, plain, atol=1e-5, rtol=1e-5)


def test_the_null_of_an_untrained_view_is_the_mean_over_examples(tiny_model, tiny_split):
    encoded = encode_split(tiny_model, read_inputs(tiny_model, tiny_split))
    image, text = mean_encoding(encoded, tiny_split)
    torch.testing.assert_close(image, encoded.image[tiny_split.image_of].mean(0))
    torch.testing.assert_close(text, encoded.text[tiny_split.text_of].mean(0))


@pytest.mark.parametrize("student", STUDENTS)
def test_students_have_at_most_a_tenth_of_the_teacher(student):
    for classes in (2, 3, 8, 13):
        teacher = parameters(build(get_spec("teacher"), classes))
        assert 10 * parameters(build(get_spec(student), classes)) <= teacher


def test_a_model_file_gives_the_model_back(tmp_path, tiny_split):
    task = get_task("digits")
    net = build(TINY, 3)
    save_model(tmp_path / "m.safetensors", net, TINY, task, {"name": "x"})
    loaded = load_model(tmp_path / "m.safetensors", task)
    assert loaded.info["name"] == "x" and loaded.spec == TINY
    for name, value in net.state_dict().items():
        assert torch.equal(value, loaded.model.state_dict()[name])


def test_bad_model_files_are_one_sentence(tmp_path):
    digits, other = get_task("digits"), get_task("easy-vqa")
    path = tmp_path / "m.safetensors"
    save_model(path, build(TINY, 3), TINY, digits)
    with pytest.raises(UserError, match="made for the task 'digits'"):
        load_model(path, other)
    with pytest.raises(UserError, match="no file"):
        load_model(tmp_path / "nothing", digits)
    whole = path.read_bytes()
    for broken in (b"", whole[:100], whole[: len(whole) // 2], b"\x80\x04pickle" * 20, np.random.bytes(500)):
        path.write_bytes(broken)
        with pytest.raises(UserError, match=r"damaged|not a file of this program"):
            load_model(path, digits)


@pytest.mark.parametrize(
    "change", [{"spec": None}, {"labels": None}, {"info": []}, {"task": 3}, {"spec": {"image": "?"}}]
)
def test_headers_that_make_no_sense_are_one_sentence(tmp_path, change):
    header = {"format": "msd-model-1", "task": "digits", "labels": get_task("digits").labels,
              "spec": spec_to_dict(TINY), "info": {}} | change  # fmt: skip
    state = {k: v.contiguous() for k, v in build(TINY, 3).state_dict().items()}
    save_file(state, tmp_path / "m.safetensors", metadata={"msd": json.dumps(header)})
    with pytest.raises(UserError, match=r"another version|was made for"):
        load_model(tmp_path / "m.safetensors", get_task("digits"))


def test_an_unknown_model_names_those_there_are():
    with pytest.raises(UserError, match="student-tiny"):
        get_spec("resnet")
