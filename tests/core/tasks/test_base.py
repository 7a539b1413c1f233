"""What every task keeps: splits that share nothing, examples that are well formed, pictures that are files."""

import pickle
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

import tests.fifth
from msd_core.errors import UserError
from msd_core.models import tokenizer
from msd_core.tasks import EVIDENCE, SPLITS, TASKS, Task, codes, load_task
from msd_core.tasks.base import hash_of_files, made_by, png
from msd_core.tasks.pictures import read_picture


@pytest.fixture(params=[*TASKS, "fifth"])
def task(request) -> Task:
    return tests.fifth.TASK if request.param == "fifth" else load_task(request.param)


def test_splits_share_no_picture_and_repeat_themselves(task):
    pictures = [{e.image for e in task.examples(split)} for split in SPLITS]
    assert all(pictures) and not any(a & b for a, b in combinations(pictures, 2))
    assert task.examples("validation") == task.examples("validation")


def test_examples_are_well_formed(task):
    for example in task.examples("validation"):
        labels = example.label if task.multilabel else (example.label,)
        assert len(labels) == (len(task.labels) if task.multilabel else 1)
        assert all(0 <= label < (2 if task.multilabel else len(task.labels)) for label in labels)
        evidence = example.evidence if task.multilabel else [example.evidence]
        assert set(evidence) <= ({None} if task.name in ("fifth", "emoji") else set(EVIDENCE))
        assert example.text == example.text.strip() != ""
        assert isinstance(example.image, str)
    texts = [e.text for e in task.examples("test")]
    if task.name not in ("emoji", "emoji-pairs"):  # whose models read otherwise
        assert not any(tokenizer.tokenize(texts).truncated), "every bundled text fits the models"


def test_a_picture_is_a_file_that_anyone_reads(task):
    for split in SPLITS:
        key = task.examples(split)[-1].image
        content = task.picture(key)
        assert isinstance(content, bytes) and content == task.picture(key)
        picture = read_picture(content)
        assert picture.mode == "RGB" and 24 <= min(picture.size) <= max(picture.size) <= 256


def test_a_task_crosses_to_another_process(task):
    again = pickle.loads(pickle.dumps(task))
    assert (again.name, again.labels, again.recipe, again.models) == (task.name, task.labels, task.recipe, task.models)
    assert again.source() == task.source() and again.examples("test") == task.examples("test")
    key = task.examples("test")[0].image
    assert again.picture(key) == task.picture(key)


def test_regions_are_of_the_pictures_own_size(task):
    regions = 0
    for example in task.examples("test")[:60]:
        region = task.region(example) if task.region else None
        if region is not None:
            width, height = read_picture(task.picture(example.image)).size
            assert region.shape == (height, width) and region.dtype == bool and region.any() and not region.all()
            regions += 1
    assert bool(regions) == (task.name not in ("posters", "fifth", "emoji", "emoji-pairs"))


def test_names_agree():
    for name in TASKS:
        task = load_task(name)
        assert task.name == name and len({*task.labels}) == len(task.labels)


def test_what_a_task_may_lack_is_none():
    fifth = tests.fifth.TASK
    assert (fifth.region, fifth.recipe, fifth.models, fifth.short_title, fifth.multilabel) == (None,) * 4 + (False,)


def test_one_line_makes_a_task_known(monkeypatch):
    with pytest.raises(UserError, match="no task called 'fifth'"):
        load_task("fifth")
    monkeypatch.setitem(TASKS, "fifth", "tests.fifth")
    assert load_task("fifth") is tests.fifth.TASK


def test_an_unknown_task_names_those_there_are():
    with pytest.raises(UserError, match="easy-vqa, digits, sarcasm, posters"):
        load_task("imagenet")


def test_every_recipe_fits_its_task():
    for name in TASKS:
        task = load_task(name)
        languages = codes(task.recipe.languages)
        examples = [e for e in task.examples("train") if not languages or e.language in languages]
        assert 0 < task.recipe.study_size <= round(0.9 * len(examples))
        assert min(task.recipe.study_epochs, task.recipe.teacher_epochs, task.recipe.student_epochs) > 0


def test_a_source_is_the_content_of_its_files(tmp_path):
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "notes.txt").write_text("x")
    before, alone = hash_of_files(tmp_path), made_by(tmp_path / "a.py")()
    (tmp_path / "notes.txt").write_text("y")
    assert hash_of_files(tmp_path) == before == alone, "of a folder the Python files"
    (tmp_path / "a.py").write_text("two")
    assert hash_of_files(tmp_path) != before


def test_a_drawn_picture_loses_nothing_as_a_file():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert (np.asarray(read_picture(png(Image.fromarray(pixels)))) == pixels).all()
