"""easy-vqa: all of the benchmark, and its own files."""

import numpy as np

from msd_core.tasks import SPLITS, Task
from msd_core.tasks.pictures import read_picture


def test_all_of_the_questions_are_used(easy_vqa):
    assert sum(len(easy_vqa.examples(split)) for split in SPLITS) == 48_248


def test_pictures_are_the_benchmarks_own(easy_vqa: Task):
    content = easy_vqa.picture(easy_vqa.examples("test")[0].image)
    assert content.startswith(b"\x89PNG") and read_picture(content).size == (64, 64)


def test_both_parts_count_their_pictures_from_zero(easy_vqa: Task):
    keys = {split: {example.image for example in easy_vqa.examples(split)} for split in SPLITS}
    assert min(keys["train"]) == "train-0000" and min(keys["test"]) == "test-0000"
    assert min(keys["validation"]) == "train-3600"
    assert easy_vqa.picture("train-0000") != easy_vqa.picture("test-0000")


def test_a_region_is_the_shape(easy_vqa: Task):
    for example in easy_vqa.examples("test")[:200:20]:
        region = easy_vqa.region(example)
        pixels = np.asarray(read_picture(easy_vqa.picture(example.image))).astype(int)
        edge = pixels[0, 0]
        assert (np.abs(pixels[~region] - edge) <= 8).all() and 0.005 < region.mean() < 0.7
