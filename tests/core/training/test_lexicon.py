"""Code switching: a planted dictionary is found again, texts keep what nobody can translate, and all follows from the
seed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.models.files import load_model
from msd_core.models.zoo import ZOO, Spec, build
from msd_core.tasks import Split, load_split, load_task
from msd_core.tensors import hash_state
from msd_core.training.config import META, Config
from msd_core.training.distill import distill
from msd_core.training.events import Epoch
from msd_core.training.lexicon import align, lexicon, shuffled, switched, switched_inputs, units, words
from msd_core.training.objective import encode_rows
from msd_core.training.prepare import prepare
from msd_core.training.versions import VERSIONS
from tests.fifth import TASK as FIFTH
from tests.tongues import TASK

SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 256, "width": 16, "hidden": 16})
CONFIG = Config(
    method="ce", weighting="none", model="gram-student", epochs=2, batch_size=20, languages="en", code_switching=0.5
)
KNOWN = {"red": {"de": "rotes", "ja": "赤"}, "field": {"de": "feld"}}


@pytest.fixture
def everything() -> Split:
    return load_split(TASK, "train")


def student():
    torch.manual_seed(0)
    return build(SMALL, 2)


def names(planted: dict[str, str], join: Callable[[list[str]], str], seed: int) -> list[tuple[str, str]]:
    """Texts of one to four of these words, and their translations in another order."""
    draw, known = np.random.default_rng(seed), sorted(planted)
    pairs = []
    for _ in range(200):
        chosen = draw.choice(known, draw.integers(1, 5), replace=False).tolist()
        there = [planted[word] for word in chosen]
        draw.shuffle(there)
        pairs.append((" ".join(chosen), join(there)))
    return pairs


@given(seed=st.integers(0, 10**6))
def test_a_planted_dictionary_is_found(seed):
    planted = {f"word{chr(97 + i)}": f"мот{chr(1072 + i)}" for i in range(20)}
    pairs = names(planted, " ".join, seed)
    assert align([(words(one), units(other)) for one, other in pairs]) == planted


@given(seed=st.integers(0, 10**6))
def test_a_planted_dictionary_is_found_where_no_blanks_are_between_words(seed):
    planted = {f"word{chr(97 + i)}": "".join(chr(0x4E00 + 3 * i + j) for j in range(1 + i % 3)) for i in range(20)}
    pairs = names(planted, "".join, seed)
    assert align([(words(one), units(other)) for one, other in pairs]) == planted


def test_words_and_what_may_translate_them():
    assert words("Ab button (blood type): ab") == ["ab", "button", "blood", "type"]
    assert units("Käse-Käse, 10") == ["käse", "10"]
    assert units("赤い畑x") == ["赤", "い", "畑", "赤い", "い畑", "赤い畑", "x"]
    assert units("ハロウィン")[-1] == "ハロウィン" and "ハロウィ" in units("ハロウィン")
    assert words("") == units("?!") == []


def test_a_lexicon_is_of_names_of_one_picture(everything):
    known = lexicon(everything, "en")
    assert known["red"] == {"de": "rotes", "ja": "赤い畑"} and known["blue"] == {"de": "blaues", "ja": "青い畑"}
    assert known["field"]["ja"] == "い畑" and known["7"] == {"de": "7", "ja": "7"}
    assert lexicon(everything, "de")["rotes"] == {"en": "red", "ja": "赤い畑"}
    assert lexicon(everything.in_languages("en"), "en") == {}


def test_the_lexicon_of_real_names_knows_names_that_it_never_saw():
    task = load_task("emoji")
    known, held_out = lexicon(load_split(task, "train").hold_out(META)[0], "en"), load_split(task, "validation")
    names: dict[int, dict[str, str]] = {}
    for picture, text, code in zip(
        held_out.image_of.tolist(), held_out.text_of.tolist(), held_out.language, strict=True
    ):
        names.setdefault(picture, {})[code] = held_out.texts[text].casefold()
    right = {code: [] for code in known["face"]}
    for there in names.values():
        for word in words(there["en"]):
            for code, translation in known.get(word, {}).items():
                right[code].append(translation in there[code])
    shares = {code: np.mean(each) for code, each in right.items()}
    asked = sum(len(words(there["en"])) for there in names.values())
    assert len(shares) == 13 and min(shares.values()) > 0.35 and np.mean([*shares.values()]) > 0.53, shares
    assert len(right["de"]) / asked > 0.55, "of the words have a translation"
    assert {known["face"][code] for code in ("de", "es", "ja", "zh")} == {"gesicht", "cara", "顔", "脸"}


@given(text=st.text(max_size=30), share=st.floats(0, 1), seed=st.integers(0, 100))
def test_words_without_a_translation_stay(text, share, seed):
    assert switched(text, {}, share, np.random.default_rng(seed)) == text
    assert switched(text, KNOWN, 0.0, np.random.default_rng(seed)) == text


def test_words_with_one_are_translated_into_a_language_drawn_anew():
    draw = np.random.default_rng(0)
    seen = {switched("A Red field (red)", KNOWN, 1.0, draw) for _ in range(100)}
    assert seen == {f"A {one} feld ({two})" for one in ("rotes", "赤") for two in ("rotes", "赤")}
    some = [switched("red", KNOWN, 0.3, draw) == "red" for _ in range(2000)]
    assert np.mean(some) == pytest.approx(0.7, abs=0.05)


@given(seed=st.integers(0, 10**6), size=st.integers(2, 30))
def test_a_shuffled_lexicon_has_the_translations_of_other_words(seed, size):
    known = {f"w{i}": {"de": f"d{i}"} for i in range(size)}
    other = shuffled(known, seed)
    assert all(other[word] != known[word] for word in known) and other == shuffled(known, seed)
    assert sorted(each["de"] for each in other.values()) == sorted(each["de"] for each in known.values())


def test_versions_of_a_text_are_its_own_and_follow_from_the_seed(everything):
    train, model = everything.in_languages("en"), student()
    inputs = switched_inputs(model, train, everything, CONFIG)
    assert inputs.tokens.shape[0] == VERSIONS * len(train.texts)
    rows = torch.arange(len(train.texts)).repeat(20)
    drawn = inputs.texts(rows)
    own = inputs.tokens.unflatten(0, (-1, VERSIONS))[rows]  # (R, VERSIONS, L)
    assert (own == drawn[:, None]).all(2).any(1).all()
    read = {tuple(ids) for ids in drawn.tolist()}
    assert len(read) > 4 * len(train.texts), "another one each time"
    again, other = (switched_inputs(model, train, everything, replace(CONFIG, seed=seed)) for seed in (0, 1))
    assert torch.equal(again.tokens, inputs.tokens)
    assert again.tokens.shape != other.tokens.shape or not torch.equal(again.tokens, other.tokens)


def test_a_shuffled_lexicon_reaches_the_student(everything):
    train = everything.in_languages("en")
    whole, wrong = (
        switched_inputs(student(), train, everything, replace(CONFIG, shuffle=each)) for each in ("nothing", "lexicon")
    )
    assert whole.tokens.shape != wrong.tokens.shape or not torch.equal(whole.tokens, wrong.tokens)


def test_a_student_learns_from_versions_and_is_tested_on_names(everything):
    model = student()
    setup = prepare(TASK, CONFIG, model, None)
    train, rows = setup.data["train"], torch.arange(10)
    assert all(data.varied is None for name, data in setup.data.items() if name != "train")
    model.eval()
    torch.manual_seed(3)
    one, two = encode_rows(model, train, rows), encode_rows(model, train, rows)
    plain = encode_rows(model, replace(train, varied=None), rows)
    assert torch.equal(one.image, plain.image) and torch.equal(one.image, two.image)
    assert not torch.equal(one.text, plain.text) and not torch.equal(one.text, two.text)


def test_a_run_that_is_taken_up_again_is_an_unbroken_one(tmp_path, monkeypatch):
    monkeypatch.setitem(ZOO, "small", SMALL)
    config = replace(CONFIG, model="small")
    whole = distill(TASK, config, tmp_path / "whole")

    def stop(event):
        if isinstance(event, Epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(TASK, config, tmp_path / "broken", None, stop)
    resumed = distill(TASK, config, tmp_path / "broken")
    distill(TASK, replace(config, code_switching=0.0), tmp_path / "plain")
    places = ("whole", "broken", "plain")
    hashes = [hash_state(load_model(tmp_path / each, TASK).model.state_dict()) for each in places]
    assert resumed["metrics"] == whole["metrics"] and hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("task", [FIFTH, replace(TASK, examples=lambda split: [
    each for each in TASK.examples(split) if each.language == "en"
], name="alone")])  # fmt: skip
def test_names_in_one_language_are_one_sentence(task):
    config = replace(CONFIG, languages="")
    with pytest.raises(UserError, match="No picture has names in two languages, so there is no lexicon"):
        prepare(task, config, student(), None)
