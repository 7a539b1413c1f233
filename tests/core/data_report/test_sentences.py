"""Whether two modalities have anything to do, on tasks where that is known; and what a user is warned of."""

import random
from dataclasses import replace

import pytest

from msd_core.data_report import data_report
from msd_core.data_report.scores import Estimate, wilson
from tests.core.data_report.tasks import Bad, features_of, task_of


def made(count: int, label, noise: float = 0.0, labels=("no", "yes")):
    """A task of `count` rows whose label is a function of a picture's bit and a text's bit, all four pairs alike often;
    and features that show the picture's bit, and nothing of the text."""
    rng = random.Random(0)
    bits = [(i % 2, i // 2 % 2) for i in range(count)]
    rows = []
    for number, (image, text) in enumerate(bits):
        answer = label(image, text) if rng.random() >= noise else rng.randint(0, len(labels) - 1)
        rows.append((number, f"{('dull', 'shiny')[text]} thing number{number}", answer))
    features = features_of({number: [2.0 * image - 1] for number, (image, _) in enumerate(bits)})
    cut, end = count // 2, count * 5 // 8
    return task_of(rows[:cut], rows[cut:end], rows[end:], labels), features


def sentence(*parts, **options) -> str:
    task, features = made(*parts, **options)
    return data_report(task, features=features).sentence


def test_both_together_are_better():
    said = sentence(800, lambda image, text: 2 * image + text, labels=("a", "b", "c", "d"))
    assert said.startswith("Picture and text together are clearly better than either alone: both 100.0 %, text ")
    assert said.endswith("(Simple linear models, trained on 400 rows and tested on 300 others.)")


def test_the_text_alone_is_enough():
    assert sentence(800, lambda image, text: text).startswith("The text alone already reaches what both reach")


def test_the_picture_alone_is_enough():
    assert sentence(800, lambda image, text: image).startswith("The picture alone already reaches what both reach")


def test_either_is_enough():
    rows = [(i, f"{('dull', 'shiny')[i % 2]} thing", i % 2) for i in range(600)]
    features = features_of({i: [float(i % 2), 0.5] for i in range(600)})
    task = task_of(rows[:300], rows[300:400], rows[400:])
    assert data_report(task, features=features).sentence.startswith("Either alone already reaches what both reach")


def test_what_only_the_combination_says_is_not_called_hopeless():
    said = sentence(2400, lambda image, text: image ^ text)
    assert "No simple model does clearly better than always answering" in said
    assert "how the two belong together" in said


def with_gains(over_majority: Estimate, over_text: Estimate, over_image: Estimate):
    """A report whose models gain so much: each over the majority, and both over either."""
    task, features = made(80, lambda image, text: text)
    report = data_report(task, features=features)
    over = {"majority": over_majority, "text_only": over_text, "image_only": over_image}
    gains = {"text_only": over, "image_only": over, "both": over}
    return replace(report, baselines=replace(report.baselines, gains=gains))


CLEAR, UNSURE, NONE = Estimate(0.2, 0.1, 0.3), Estimate(0.1, -0.05, 0.25), Estimate(0, -0.02, 0.02)


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ((CLEAR, CLEAR, CLEAR), "Picture and text together are clearly better"),
        ((CLEAR, NONE, CLEAR), "The text alone already reaches"),
        ((CLEAR, CLEAR, NONE), "The picture alone already reaches"),
        ((CLEAR, NONE, UNSURE), "The text alone already reaches"),
        ((CLEAR, NONE, NONE), "Either alone already reaches"),
        ((CLEAR, UNSURE, CLEAR), "There are too few rows to tell whether both together"),
        ((UNSURE, UNSURE, UNSURE), "There are too few rows to tell whether picture or text says anything"),
        ((NONE, CLEAR, CLEAR), "No simple model does clearly better"),
        ((CLEAR, Estimate(0.004, 0.002, 0.006), CLEAR), "The text alone already reaches"),  # sure, and no matter
    ],
)
def test_the_sentence_goes_by_gains_that_are_sure(gains, said):
    assert with_gains(*gains).sentence.startswith(said)


def test_few_rows_are_tested_in_turn():
    assert sentence(60, lambda _, text: text).endswith("trained on 48 rows and tested on every one in turn.)")


def test_without_features_only_the_text_is_judged():
    task, _ = made(800, lambda image, text: text)
    report = data_report(task)
    assert set(report.baselines.scores) == {"majority", "text_only"}
    assert report.sentence.startswith("The text alone says something: a simple model of its words scores 100.0 %")
    task, _ = made(1600, lambda image, text: image)
    assert "does not do clearly better than always answering" in data_report(task).sentence


def test_one_label():
    report = data_report(task_of([(i, "a", 1) for i in range(6)]))
    assert report.sentence == "Every row has the same label: there is nothing to tell apart."
    assert any("at least two" in warning for warning in report.warnings)
    assert "No row has any label" in data_report(task_of([(i, "a", (0, 0)) for i in range(6)])).sentence


def test_nothing_to_test_on():
    report = data_report(task_of([(i, f"text {i}", i % 2) for i in range(210)]))
    assert report.baselines is None and "none to test on" in report.sentence


def test_one_picture_cannot_be_held_out_from_itself():
    assert data_report(task_of([(0, "a", i % 2) for i in range(10)])).baselines is None


def test_several_labels_a_row():
    rows = [(i, f"{('dull', 'shiny')[i // 2 % 2]} thing", (i % 2, i // 2 % 2)) for i in range(600)]
    features = features_of({number: [float(answer[0]), 0.5] for number, _, answer in rows})
    report = data_report(task_of(rows[:300], rows[300:400], rows[400:], ("bright", "new")), features=features)
    assert report.baselines.metric == "macro_f1"
    assert report.baselines.scores["both"].value == 1
    assert report.baselines.gains["both"]["text_only"].low > 0.05
    assert report.sentence.startswith("Picture and text together are clearly better")
    assert "macro F1" in report.sentence


def test_under_two_hundred_rows_every_one_is_tested_without_its_picture_and_text():
    """A label that is drawn at random for each picture, and one for each text, cannot be guessed from others."""
    answers = random.Random(0).choices((0, 1), k=40)
    rows = [(i, f"thing{i}", answers[i]) for i in range(40) for _ in range(4)]
    features = features_of({i: [float(j == i) for j in range(40)] for i in range(40)})
    found = data_report(task_of(rows[:100], rows[100:130], rows[130:]), features=features).baselines
    assert found.cross_validated and (found.train_rows, found.test_rows) == (128, 160)
    assert all(score.value < 0.75 for score in found.scores.values())


def test_the_majority_is_never_guessed_without_its_own_rows():
    rows = [(i, f"text {i}", i % 2) for i in range(100)]
    found = data_report(task_of(rows[:60], rows[60:80], rows[80:])).baselines
    assert found.scores["majority"].value == 0.5


def test_wilson_is_the_published_interval():
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29."""
    for hits, count, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)]:
        found = wilson(hits / count, count)
        assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def warned(task, *parts, **options) -> str:
    return "\n".join(data_report(task, *parts, **options).warnings)


def test_a_clean_task_has_no_warnings():
    rows = [(i, f"thing {i}", i % 2) for i in range(300)]
    assert warned(task_of(rows[:200], rows[200:250], rows[250:])) == ""


def test_warnings_name_what_to_act_on():
    rows = [(i % 90, f"a yes thing {i % 90}", i % 2) for i in range(240)]
    labels = ("no", "yes", "seldom")
    said = warned(
        task_of([*rows[:200], (400, "other", 2), (0, "a yes thing 0", 1)], rows[200:220], rows[220:], labels),
        [Bad(3, "It has no image.")],
        truncated=lambda texts: [True] * len(texts),
    )
    assert "1 row could not be used; the commonest reason (1) is: It has no image." in said
    assert "Some pictures are in two splits (20 both in train and in validation; 20 both in train and in test)" in said
    assert "The label “seldom” is not in every split: give more rows of it" in said
    assert "1 pair of one picture and one text has different labels" in said
    assert "rows repeat another in picture, text and label" in said
    assert "of 242 rows the text names the label" in said
    assert "91 of 91 texts are longer than the model reads" in said


def test_warnings_of_few_rows_empty_splits_and_one_label_for_nearly_all():
    said = warned(task_of([(i, f"thing {i}", int(i == 0)) for i in range(30)]))
    assert "There are no rows for validation and test" in said
    assert "There are only 30 rows" in said
    assert "97 % of rows have the label “no”" in said
    assert "The label “yes” is in fewer than two training rows" in said


def test_long_and_odd_labels_stay_on_one_line():
    odd = "x\n\x1b[31m" + "y" * 500
    said = warned(task_of([(i, f"thing {i}", 0) for i in range(30)], labels=(odd, odd + "z")))
    assert all(len(line) < 300 and line.isprintable() for line in said.split("\n"))
