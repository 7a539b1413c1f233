"""Labels made wrong and texts misread: as often as wanted, the same every time, and only where they should be."""

from dataclasses import replace

import pytest
import regex
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.training.corruption import VERSIONS, misread, misread_texts, noisy_inputs, noisy_labels


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_wrong_labels_are_labels_and_as_many_as_wanted(share, seed):
    labels = torch.arange(2000) % 7
    noisy = noisy_labels(labels, 7, share, seed)
    assert noisy.min() >= 0 and noisy.max() < 7
    assert float((noisy != labels).float().mean()) == pytest.approx(share, abs=0.06)
    assert torch.equal(noisy, noisy_labels(labels, 7, share, seed))


def test_every_other_label_is_as_likely():
    wrong = noisy_labels(torch.zeros(30_000, dtype=torch.int64), 4, 1.0, 0)
    assert (torch.bincount(wrong, minlength=4) / 30_000).tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3], abs=0.02)


def test_of_several_labels_each_is_flipped_by_itself():
    labels = (torch.rand(5000, 6) < 0.2).float()
    noisy = noisy_labels(labels, 6, 0.3, 1)
    assert set(noisy.unique().tolist()) == {0.0, 1.0}
    assert float((noisy != labels).float().mean()) == pytest.approx(0.3, abs=0.02)


def test_misreading_changes_words_and_nothing_else(tiny_split):
    read = misread(tiny_split, 0.5, seed=3)
    assert torch.equal(read.image_of, tiny_split.image_of) and torch.equal(read.labels, tiny_split.labels)
    assert read.pictures is tiny_split.pictures and read.fingerprint != tiny_split.fingerprint
    before = [tiny_split.texts[i] for i in tiny_split.text_of]
    after = [read.texts[i] for i in read.text_of]
    assert len(set(read.texts)) == len(read.texts) and set(read.text_of.tolist()) == set(range(len(read.texts)))
    assert sum(a != b for a, b in zip(after, before, strict=True)) > 0
    assert all(len(a.split()) <= len(b.split()) for a, b in zip(after, before, strict=True))
    assert [read.texts[i] for i in misread(tiny_split, 0.5, seed=3).text_of] == [read.texts[i] for i in read.text_of]
    same = misread(tiny_split, 0.0, seed=3)
    assert [same.texts[i] for i in same.text_of] == before


def test_one_word_in_so_many_is_misread_in_one_of_three_ways(tiny_split):
    """Texts of one word, so that what became of it is plain."""
    split = replace(tiny_split, texts=[text.split()[3] for text in tiny_split.texts])
    dropped = swapped = misspelt = same = 0
    for seed in range(100):
        read = misread(split, 0.3, seed)
        for i in range(len(split)):
            before, after = split.texts[split.text_of[i]], read.texts[read.text_of[i]]
            dropped, same = dropped + (after == ""), same + (after == before)
            swapped += after in split.texts and after != before
            misspelt += after not in (*split.texts, "")
    total = dropped + swapped + misspelt + same
    assert total == 4000 and 1 - same / total == pytest.approx(0.3, abs=0.02)
    assert [dropped / total, swapped / total, misspelt / total] == pytest.approx([0.1] * 3, abs=0.02)


def test_where_there_is_no_other_word_it_is_dropped(tiny_split):
    split = replace(tiny_split, texts=["a"] * len(tiny_split.texts))
    read = misread(split, 1.0, seed=0)
    assert all(text == "" or (len(text) == 1 and text != "a") for text in read.texts) and "" in read.texts


NAMES = {  # by language
    "en": ["grinning face", "red heart", "hot dog", "T-Rex"],
    "ja": ["赤い畑", "にっこり笑う", "TV電話", "カメラ"],
    "zh": ["豆", "红心", "笑脸"],
    "th": ["หน้ายิ้ม", "หัวใจ"],
    "ar": ["وجه ضاحك", "قلب أحمر"],
    "ru": ["красное сердце", "лицо"],
    "ko": ["빨간 하트", "웃는 얼굴"],
}
_CASES = [(text, language) for language, texts in NAMES.items() for text in texts]


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_a_text_is_misread_within_its_language(share, seed):
    texts, languages = zip(*_CASES, strict=True)
    letters = {language: {*"".join(names)} for language, names in NAMES.items()}
    read = misread_texts(texts, languages, share, seed)
    for text, language, after in zip(texts, languages, read, strict=True):
        assert {*after} <= letters[language], "no Latin letter in Japanese, but where its names have them"
        assert len(after.split()) <= len(text.split())
        assert share > 0 or after == text


@pytest.mark.parametrize("language", ["ja", "zh", "th"])
def test_where_no_blanks_stand_each_character_is_a_word(language):
    texts = NAMES[language] * 500
    read = misread_texts(texts, [language] * len(texts), 0.3, 0)
    same = sum(a == b for a, b in zip(read, texts, strict=True)) / len(texts)
    expected = sum(0.7 ** len(_characters(text)) for text in NAMES[language]) / len(NAMES[language])
    assert same == pytest.approx(expected, abs=0.03)
    long = max(NAMES[language], key=len)
    lengths = {len(after) - len(long) for after, text in zip(read, texts, strict=True) if text == long}
    assert {-1, 0} <= lengths, "one is left out, or another stands there, and the rest of the name stays"


def _characters(text: str) -> list[str]:
    """As people count them: with their marks, and a Latin word for one."""
    return regex.findall(r"\p{Latin}+|\X", text)


def test_another_letter_is_of_the_same_script_and_case(tiny_split):
    texts = ["Ab лицо"] * 300
    for after in misread_texts(texts, ["ru"] * 300, 1.0, 1):
        for word in after.split():
            assert word in ("b", "A") or word[:2] == "Ab" or set(word) <= set("лицо")


def test_each_text_is_read_in_several_ways(tiny_split, tiny_model):
    inputs, words = noisy_inputs(tiny_model, tiny_split, 0.5, 0), tiny_model.tokenize(tiny_split.texts).ids
    assert len(inputs.tokens) == VERSIONS * len(tiny_split.texts)
    torch.manual_seed(0)
    rows = torch.tensor([3, 7])
    read = [inputs.texts(rows) for _ in range(60)]
    own = [{tuple(row.tolist()) for row in inputs.tokens[VERSIONS * i : VERSIONS * (i + 1)]} for i in rows.tolist()]
    for place in range(2):
        seen = {tuple(each[place].tolist()) for each in read}
        assert len(seen) > 5 and seen <= own[place], "another of its own each time"
    clean = noisy_inputs(tiny_model, tiny_split, 0.0, 0)
    assert torch.equal(clean.texts(rows), words[rows])
    torch.manual_seed(0)
    assert torch.equal(inputs.texts(rows), read[0]), "it follows from the generator"
