"""posters: genres by motif, by plot, or by both together; balanced and varied."""

import numpy as np

from msd_core.tasks import load_task
from msd_core.tasks.pictures import read_picture
from msd_core.tasks.posters import LABELS, SEEDS, poster


def test_labels_are_balanced_and_texts_varied():
    examples = load_task("posters").examples("train")
    rates = np.mean([e.label for e in examples], axis=0)
    assert ((rates > 0.25) & (rates < 0.55)).all()
    assert len({e.text for e in examples}) > 0.5 * len(examples)


def test_two_genres_take_poster_and_plot_together():
    examples = iter(load_task("posters").examples("validation"))
    for seed in SEEDS["validation"]:
        spec = poster(seed)
        for plot in spec.plots:
            example = next(examples)
            label, evidence = (dict(zip(LABELS, part, strict=True)) for part in (example.label, example.evidence))
            assert label["mystery"] == (spec.clue.kind == plot.clue)
            assert label["comedy"] == ((spec.mask.mood == "laughing") != (plot.ending == "merry"))
            assert evidence["mystery"] == evidence["comedy"] == "both"


def test_what_one_half_carries_is_evidence_of_that_half():
    spec = poster(SEEDS["test"][0])
    motifs = {motif.genre for motif in spec.motifs}
    for plot, example in zip(spec.plots, load_task("posters").examples("test"), strict=False):
        for genre, label, evidence in zip(LABELS, example.label, example.evidence, strict=True):
            if genre not in ("mystery", "comedy"):
                halves = (genre in motifs, genre in plot.cues)
                assert label == any(halves)
                expected = {(True, True): "either", (True, False): "image", (False, True): "text"}
                assert evidence == expected.get(halves, "both")


def test_pictures_are_for_people():
    task = load_task("posters")
    assert read_picture(task.picture(task.examples("test")[0].image)).size == (256, 256)
