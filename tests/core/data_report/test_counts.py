"""What is counted of rows: labels, duplicates, what splits share, contradictions, and what texts say."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.data_report import data_report
from msd_core.errors import UserError
from tests.core.data_report.tasks import Bad, task_of


def test_rows_pictures_and_texts():
    report = data_report(task_of([(0, "a", 0), (1, "b", 1), (1, "a", 1)], test=[(1, "c", 0)]))
    assert report.rows == {"train": 3, "validation": 0, "test": 1}
    assert (report.pictures, report.texts) == (2, 3)


def test_labels_by_split():
    labels = ("no", "yes", "rare", "never")
    rows = [(i, "a", i % 2) for i in range(6)]
    report = data_report(task_of([*rows, (9, "a", 2)], rows[:2], rows[2:4], labels))
    no, _, rare, never = report.labels.counts
    assert (no.label, no.rows, no.share) == ("no", {"train": 3, "validation": 1, "test": 1}, pytest.approx(5 / 11))
    assert (rare.rows["train"], never.share) == (1, 0)
    assert report.labels.majority.label == "no" and report.labels.used == 3
    assert report.labels.not_in_every_split == ("rare", "never")
    assert report.labels.hardly_trained == ("rare", "never")


def test_labels_of_several_labels_a_row():
    report = data_report(
        task_of([(0, "a", (1, 1, 0)), (1, "a", (0, 1, 0)), (2, "a", (0, 0, 0))], labels=("a", "b", "c"))
    )
    assert [label.share for label in report.labels.counts] == pytest.approx([1 / 3, 2 / 3, 0])
    assert report.conflicts.texts == 1 and report.conflicts.pairs == 0


def test_duplicates_go_by_content():
    report = data_report(task_of([(0, "a", 0), (0, "a", 0), (0, "b", 0), (1, "a", 1), (2, "c", 1)]))
    assert report.duplicates.repeated_rows == 1
    assert (report.duplicates.pictures, report.duplicates.rows_of_pictures) == (1, 3)
    assert (report.duplicates.texts, report.duplicates.rows_of_texts) == (1, 3)


def test_two_files_of_one_content_are_one_picture():
    task = task_of([(0, "a", 0), (1, "b", 1)])
    same = replace(task, picture=lambda _: task.picture("7"), source=lambda: "same content".ljust(64))
    assert data_report(same).pictures == 1


def test_what_splits_share():
    report = data_report(task_of([(0, "a", 0), (1, "b", 1)], [(0, "c", 0), (0, "a", 0)], [(1, "b", 1), (2, "a", 1)]))
    assert [(*shared.splits, shared.pictures, shared.texts) for shared in report.shared] == [
        ("train", "validation", 1, 1),
        ("train", "test", 1, 2),
        ("validation", "test", 0, 1),
    ]


def test_conflicts():
    report = data_report(task_of([(0, "a", 0), (0, "a", 1), (0, "b", 1), (1, "b", 0), (2, "c", 1)]))
    assert (report.conflicts.pairs, report.conflicts.pictures, report.conflicts.texts) == (1, 1, 2)


@pytest.mark.parametrize(
    ("label", "text", "whole", "part"),
    [
        ("Red", "a RED shirt", 1, 0),
        ("red", "a bored cat", 0, 0),
        ("Navy Blue", "shirt, navy-blue", 1, 0),
        ("Navy Blue", "blue navy", 0, 0),
        ("Women, Red", "red shoe of women", 1, 0),
        ("Women, Red", "red shoe", 0, 1),
        ("Women, Red", "shoe", 0, 0),
        ("红色", "这是红色的衣服", 1, 0),
        ("लाल", "लाल कमीज", 1, 0),
        ("लाल", "लाला जी", 0, 0),
        ("أحمر", "قميص أحمر", 1, 0),
        ("👍", "well done 👍👍", 1, 0),
        ("?", "why?", 0, 0),
    ],
)
def test_texts_that_name_their_label(label, text, whole, part):
    naming = data_report(task_of([(0, text, 1), (1, "nothing", 0)], labels=("xyz", label))).wording.naming
    assert (naming.whole, naming.part) == (whole, part)


def test_a_text_that_names_one_of_its_labels_names_a_part():
    rows = [(0, "a red thing", (1, 1)), (1, "red and big", (1, 1)), (2, "red", (0, 0))]
    naming = data_report(task_of(rows, labels=("red", "big"))).wording.naming
    assert (naming.whole, naming.part) == (1, 1)


def test_scripts_lengths_and_languages():
    texts = ["one two", "一二三四", "कमल", "قميص أحمر", "👍", "three"]
    spoken = {"one two": "en", "three": "en", "कमल": "hi"}
    task = task_of([(i, text, i % 2) for i, text in enumerate(texts)], languages=spoken)
    wording = data_report(task).wording
    assert wording.scripts["Latin"] == pytest.approx(1 / 3)
    assert set(wording.scripts) == {"Latin", "Han", "Devanagari", "Arabic", "no letters"}
    assert (wording.median_words, wording.long_words) == (1.5, pytest.approx(3.5))
    assert wording.languages == {"en": 2, "hi": 1, "not stated": 3}


def test_examples_without_languages_have_none():
    assert data_report(task_of([(0, "a", 0)])).wording.languages == {}


def test_texts_longer_than_the_model_reads():
    task = task_of([(0, "a b c", 0), (1, "a", 1), (2, "a b c", 1)])
    assert data_report(task).wording.truncated is None
    assert data_report(task, truncated=lambda texts: [len(text) > 3 for text in texts]).wording.truncated == 1


def test_rows_that_were_left_out():
    bad = [Bad(i, "It has no image.") for i in range(2, 32)] + [Bad(40, "It has no text.")]
    left_out = data_report(task_of([(0, "a", 0)]), bad).left_out
    assert left_out.count == 31 and len(left_out.first) == 20
    assert left_out.first[0] == {"row": 2, "reason": "It has no image."}
    assert left_out.reasons == {"It has no image.": 30, "It has no text.": 1}


def test_ten_thousand_labels():
    names = tuple(f"label {i}" for i in range(10_000))
    report = data_report(task_of([(i % 5, f"text {i}", 37 * i) for i in range(250)], test=[(6, "a", 3)], labels=names))
    assert len(report.to_dict()["labels"]["counts"]) == 10_000
    assert set(report.baselines.scores) == {"majority"}
    assert any("10,000 labels" in warning for warning in report.warnings)


def test_a_task_without_rows_says_so():
    with pytest.raises(UserError, match="has no rows"):
        data_report(task_of([]))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda text: "\0" not in text)
ROWS = st.lists(st.tuples(st.integers(0, 4), TEXTS | st.sampled_from(["a", "b"]), st.integers(0, 2)), max_size=12)


@settings(max_examples=40)
@given(ROWS, ROWS, ROWS, st.lists(TEXTS, min_size=3, max_size=3))
def test_counts_add_up_and_are_json(train, validation, test, labels):
    task = task_of(train, validation, test, tuple(labels))
    count = len(train) + len(validation) + len(test)
    if not count:
        return
    report = data_report(task, [Bad(1, labels[0])])
    values = report.to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert sum(report.rows.values()) == count
    assert sum(sum(label.rows.values()) for label in report.labels.counts) == count
    assert sum(label.share for label in report.labels.counts) == pytest.approx(1)
    assert sum(report.wording.scripts.values()) == pytest.approx(1)
    assert report.wording.naming.whole + report.wording.naming.part <= count
    assert report.duplicates.repeated_rows == count - len(set(train + validation + test))
    assert report.conflicts.pairs <= min(report.pictures * report.texts, count // 2)
    if report.baselines:
        assert all(0 <= s.low <= s.value <= s.high <= 1 for s in report.baselines.scores.values())
    assert report.sentence.endswith((".", ".)"))
