"""What a decoder thinks likely, and how it is made to write."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.naming.decoder import beam
from msd_core.naming.names import END, written
from tests.core.naming.conftest import decoder_of

LENGTH = 4


def asked(rows: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures and languages."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 7, generator=generator), torch.randint(2, (rows,), generator=generator)


def log_prob(decoder, pictures, languages, pieces) -> torch.Tensor:
    """Of each name, by reading it, `(B,)`."""
    logs = decoder(pictures, languages, pieces).log_softmax(-1)
    of_pieces = torch.zeros(pieces.shape)
    of_pieces[written(pieces)] = logs.gather(1, pieces[written(pieces)][:, None])[:, 0]
    return of_pieces.sum(1)


@torch.inference_mode()
def greedy(decoder, pictures, languages, length) -> list[list[int]]:
    """The likeliest piece after each other, one name at a time."""
    names = []
    for picture, language in zip(pictures, languages, strict=True):
        start, name = decoder.start(picture[None], language[None]), [END]
        state = start[:, None]
        while len(name) <= length and (len(name) == 1 or name[-1] != END):
            follow, state = decoder.step(torch.tensor([name[-1:]]), state, start)
            name.append(int(follow.argmax()))
        names.append(name[1:] + [END] * (length + 1 - len(name)))
    return names


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(2, 8))
def test_a_beam_of_one_takes_the_likeliest_piece_after_each_other(seed, size):
    decoder, (pictures, languages) = decoder_of(size, seed), asked(6, seed)
    names, scores = beam(decoder, pictures, languages, LENGTH, 1)
    assert names.tolist() == greedy(decoder, pictures, languages, LENGTH)
    torch.testing.assert_close(scores, log_prob(decoder, pictures, languages, names))


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_a_beam_that_holds_all_beginnings_finds_the_likeliest_name(seed):
    size = 3
    decoder, (pictures, languages) = decoder_of(size, seed), asked(4, seed)
    names, scores = beam(decoder, pictures, languages, LENGTH, size**LENGTH)
    every = torch.tensor(list(product(range(size), repeat=LENGTH)))
    every = torch.where(written(every), every, END).unique(dim=0)
    for i in range(len(pictures)):
        all_of = log_prob(decoder, pictures[i].expand(len(every), -1), languages[i].expand(len(every)), every)
        assert scores[i] == pytest.approx(all_of.max().item(), abs=1e-5)
        assert names[i].tolist() == every[all_of.argmax()].tolist()
        for width in (1, 2, 5):
            assert beam(decoder, pictures[i : i + 1], languages[i : i + 1], LENGTH, width)[1] <= scores[i] + 1e-5


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(1, 6))
def test_a_beam_knows_what_its_names_are_worth_and_stops(seed, width):
    decoder, (pictures, languages) = decoder_of(6, seed), asked(5, seed)
    names, scores = beam(decoder, pictures, languages, LENGTH, width)
    assert names.shape == (5, LENGTH)
    assert (names[~written(names)] == END).all(), "nothing follows an end"
    torch.testing.assert_close(scores, log_prob(decoder, pictures, languages, names))


def test_who_is_asked_with_whom_changes_no_name():
    decoder, (pictures, languages) = decoder_of(6, 3), asked(5)
    together = beam(decoder, pictures, languages, LENGTH, 3)[0]
    alone = [beam(decoder, pictures[i : i + 1], languages[i : i + 1], LENGTH, 3)[0] for i in range(5)]
    assert torch.equal(together, torch.cat(alone))


def test_a_decoder_that_never_ends_is_cut_off():
    decoder, (pictures, languages) = decoder_of(6), asked(2)
    with torch.no_grad():
        decoder.output.bias[END] = -1e4
    assert (beam(decoder, pictures, languages, 9, 2)[0] != END).all()


def test_padding_changes_no_logit():
    decoder, (pictures, languages) = decoder_of(6), asked(3)
    rows = torch.tensor([[3, 4, END], [5, END, END], [END, END, END]])
    longer = torch.cat([rows, torch.full((3, 4), END)], dim=1)
    short, long = (decoder(pictures, languages, each) for each in (rows, longer))
    assert short.shape == (3 + 2 + 1, 6)
    torch.testing.assert_close(short, long)


def test_language_and_picture_both_count():
    decoder, (pictures, _) = decoder_of(6), asked(2)
    en, ja = torch.zeros(2, dtype=torch.long), torch.ones(2, dtype=torch.long)
    states = [decoder.start(pictures, each) for each in (en, ja)]
    assert not torch.allclose(states[0], states[1]) and not torch.allclose(states[0][0], states[0][1])
