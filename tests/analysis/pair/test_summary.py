"""A comparison as people meet it: which label is split, what a thin line means, and what is known of an example."""

from dataclasses import replace

import pytest

from analysis.pair.summary import summarize, truth_rows
from msd_core.comparison import compare
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.views import BOTH
from tests.analysis.models import noise


@pytest.fixture
def comparison(easy_vqa, example):
    models = {name: load_bundled(easy_vqa, name) for name in ("teacher", "kd")}
    return compare(easy_vqa, easy_vqa.picture(example.image), example.text, models)


def test_a_summary_splits_the_teachers_likeliest_label_or_the_one_that_is_chosen(easy_vqa, comparison, example):
    summary = summarize(comparison, example.label)
    likeliest = int(comparison.answers["teacher"].probs[BOTH].argmax())
    assert summary.label == easy_vqa.labels[likeliest] and summary.labels == easy_vqa.labels
    assert [line.model for line in summary.lines] == ["teacher", "kd"] and summary.lines[0].right
    points = [100 * float(answer.shapley[likeliest, 0]) for answer in comparison.answers.values()]
    assert list(summary.shapley.data[0].x) == pytest.approx(points)
    other = summarize(comparison, label="yes")
    assert other.label == "yes" and list(other.shapley.data[0].x) != pytest.approx(points)
    assert summarize(comparison, label="no such label").label == summary.label


def test_the_note_names_what_is_drawn(comparison, example):
    note = summarize(comparison, example.label).note
    assert "averaged over 64 others" in note and "of 13 labels" in note and note.endswith("✓ marks what is true.")
    assert "✓" not in summarize(comparison).note
    bare = replace(comparison, answers={n: replace(a, marginal=None) for n, a in comparison.answers.items()})
    assert "averaged" not in summarize(bare).note


def test_warnings_come_along(easy_vqa):
    unlike = compare(easy_vqa, noise(64, 64), "what?", {"teacher": load_bundled(easy_vqa, "teacher")})
    assert unlike.warnings and summarize(unlike).warnings == unlike.warnings


@pytest.mark.parametrize(
    ("half", "other", "pair"),
    [("text", "image", (None, "is the field red?")), ("image", "text", (noise(30, 60), None))],
)
def test_a_pair_without_a_half_has_a_summary_of_the_other(fifth, two_sizes, half, other, pair):
    summary = summarize(compare(fifth, *pair, two_sizes))
    assert len(summary.lines) == 2 and summary.warnings[0].startswith("There is no ")
    assert summary.label in fifth.labels
    assert not any(other in line.text for line in summary.lines)
    assert [bars.name for bars in summary.saliency.data] == [bars.name for bars in summary.shapley.data] == [half]


@pytest.mark.parametrize("pair", [(None, "It is a two."), (noise(30, 60), None)])
def test_no_sentence_speaks_of_hiding_what_is_not_there(pair):
    digits, missing = load_task("digits"), "image" if pair[0] is None else "text"
    models = {name: load_bundled(digits, name) for name in ("teacher", "msd")}
    for line in summarize(compare(digits, *pair, models)).lines:
        assert missing not in line.text and "both" not in line.text


def test_what_is_known_of_an_example(easy_vqa, example, fifth):
    assert truth_rows(easy_vqa, example.label, example.evidence) == [
        ("True label", easy_vqa.labels[example.label]),
        ("Decided by", "image and text together (neither alone does)"),
    ]
    assert truth_rows(fifth, 1, None) == [("True label", "yes")]


def test_what_is_known_of_a_multi_label_example():
    posters = load_task("posters")
    label = tuple(int(i < 2) for i in range(len(posters.labels)))
    evidence = tuple("image" if i else "either" for i in range(len(posters.labels)))
    one, two = posters.labels[:2]
    assert truth_rows(posters, label, evidence) == [
        ("True labels", f"{one}, {two}"),
        ("Decided by", f"{one}: either one; {two}: the image"),
    ]
    assert truth_rows(posters, label, None) == [("True labels", f"{one}, {two}")]
    assert truth_rows(posters, (0,) * len(posters.labels), evidence) == [("True labels", "none")]
