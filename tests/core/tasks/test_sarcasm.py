"""sarcasm: words against facts, balanced and varied."""

from collections import Counter

import numpy as np

from msd_core.tasks import EVIDENCE, load_task
from msd_core.tasks.pictures import read_picture
from msd_core.tasks.sarcasm import scene


def test_sarcasm_is_words_against_facts():
    kinds = Counter()
    for seed in range(300):
        made = scene(seed)
        for remark in made.remarks:
            kinds[remark.evidence] += 1
            if remark.evidence in ("image", "either"):
                assert remark.label == int(not made.sticker.good)
            elif remark.evidence == "both":
                assert made.sticker is None and remark.target in ("weather", "subject")
    assert kinds["both"] > 0.6 * sum(kinds.values()) and set(kinds) == set(EVIDENCE)


def test_labels_are_balanced_and_texts_varied():
    examples = load_task("sarcasm").examples("train")
    assert abs(np.mean([e.label for e in examples]) - 0.5) < 0.02
    assert len({e.text for e in examples}) > 0.5 * len(examples)


def test_pictures_are_for_people():
    task = load_task("sarcasm")
    assert read_picture(task.picture(task.examples("test")[0].image)).size == (256, 256)
