"""The examples that people see first: chosen by rule, in their own size, none twice."""

from dataclasses import replace

import pytest

from analysis.pair.examples import MOST, distinct_pairs, example_at, examples_of, gallery, opening
from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.tasks import TASKS, Example, load_task
from msd_core.tasks.pictures import read_picture
from msd_core.views import BOTH, TEXT
from tests.tongues import TASK as TONGUES


@pytest.mark.parametrize("name", TASKS)
def test_a_gallery_has_no_picture_twice_and_begins_with_an_example_that_needs_its_image(name):
    task = load_task(name)
    rows = gallery(task)
    assert len(rows) == MOST == len({each.example.image for each in rows})
    for each in rows:
        assert each.example == task.examples("test")[each.row]
        assert each.picture.size == read_picture(task.picture(each.example.image)).size
    first = rows[0].example
    comparison = compare(task, task.picture(first.image), first.text, {"teacher": load_bundled(task, "teacher")})
    probs = comparison.answers["teacher"].probs
    both, text = ((p >= 0.5).int().tolist() if task.multilabel else int(p.argmax()) for p in (probs[BOTH], probs[TEXT]))
    assert both == (list(first.label) if task.multilabel else first.label) and text != both
    assert comparison.warnings == ()


@pytest.mark.parametrize("name", ["digits", "sarcasm"])
def test_a_gallery_has_every_label_with_every_kind_of_evidence_that_it_has_room_for(name):
    task = load_task(name)
    traits = {(e.label, e.evidence) for e in task.examples("test")}
    assert len({(r.example.label, r.example.evidence) for r in gallery(task)}) == min(MOST, len(traits))


def test_a_gallery_is_made_without_teacher_and_evidence(fifth):
    rows = gallery(fifth)
    assert len(rows) == MOST and rows[0].row == 0 and {r.example.label for r in rows} == {0, 1}
    assert len({r.picture.size for r in rows}) > 4, "each in its own frame"
    assert opening(fifth, fifth.examples("test")) == 0


def test_a_gallery_is_as_small_as_its_task(fifth):
    small = replace(fifth, name="small", examples=lambda split: fifth.examples(split)[:3])
    assert [each.row for each in gallery(small)] == [0, 2], "two of the three are of one picture"


def test_a_multi_label_task_without_evidence_has_a_gallery(fifth):
    def examples(split):
        pairs = [((1, 0), "a"), ((1, 0), "b"), ((0, 0), "c"), ((1, 1), "d")]
        return [Example(f"{80 + i:03d}", text, label) for i, (label, text) in enumerate(pairs)]

    task = replace(fifth, name="many", multilabel=True, examples=examples)
    assert [each.row for each in gallery(task)] == [0, 2, 3, 1]


def test_distinct_pairs_repeat_no_picture_and_no_text(fifth):
    for task, count in ((load_task("easy-vqa"), 6), (load_task("posters"), 12), (fifth, 12)):
        pairs = distinct_pairs(task, count)
        assert len({p.example.image for p in pairs}) == len({p.example.text for p in pairs}) == len(pairs)
        assert len(pairs) == (2 if task is fifth else count), "the fifth task has two texts"
        assert pairs[0].row == gallery(task)[0].row


@pytest.mark.parametrize("row", [-1, 60])
def test_there_is_no_example_beyond_the_split(fifth, row):
    with pytest.raises(UserError, match=f"fifth has no test example {row}: choose one from 0 to 59"):
        example_at(fifth, row)
    assert example_at(fifth, 59).example == fifth.examples("test")[59]


def test_the_examples_of_a_task_are_listed_once(fifth):
    assert examples_of(fifth) is examples_of(fifth)


def test_a_gallery_in_one_language_has_examples_of_it_alone():
    for row in gallery(TONGUES, "ja"):
        assert row.example.language == "ja" and row.example == examples_of(TONGUES)[row.row]
    assert len({row.example.image for row in gallery(TONGUES, "ja")}) == len(gallery(TONGUES, "ja")) > 1
