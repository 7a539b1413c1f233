"""Examples and batches as lines of a table: sorted before cut, a cell a column, nothing that is not there."""

import numpy as np
import pytest

from analysis.dataset import listing
from analysis.dataset.batch import batch
from analysis.dataset.figures import saliency_scatter
from analysis.dataset.filters import Filter, filter_rows
from analysis.dataset.survey import survey
from analysis.words import short_name
from tests.analysis.models import random_model
from tests.files import archive, picture_file, table


def test_a_listing_sorts_all_that_pass_before_it_cuts(survey, monkeypatch):
    monkeypatch.setattr(listing, "MOST", 5)
    lines = listing.lines(survey, "kd", np.arange(40), "kl_kd", down=True)
    assert [row for row, _ in lines] == survey.table["kl_kd"].sort_values(ascending=False).index[:5].tolist()
    assert all(len(cells) == len(listing.columns(survey, "kd")) for _, cells in lines)
    assert listing.lines(survey, "kd", np.arange(3), "no such column")[0][0] == 0


def test_an_answer_has_a_sign_and_of_one_label_a_probability(survey):
    facts = listing.facts_of(survey, 4)
    assert [name for name, _ in facts] == [*map(short_name, survey.models), "Saliency (teacher)"]
    for (_, answer), model in zip(facts, survey.models, strict=False):
        assert answer.startswith("✓" if survey.right[model][4] else "✗")
        assert survey.table[f"answer_{model}"][4] in answer and ("%" in answer) == (not survey.task.multilabel)


def test_a_teacher_alone_whose_evidence_nobody_knows_is_listed(bare):
    titles = [column.title for column in listing.columns(bare, None)]
    saliencies = ["Saliency: image (bits)", "Saliency: text (bits)"]
    assert titles == ["Row", "Text", "True label", *saliencies, "Teacher"]
    lines = listing.lines(bare, None, np.arange(40), "saliency_text", down=True)
    assert all(len(cells) == len(titles) for _, cells in lines)
    assert lines[0][0] == int(bare.saliency[:, 1].argmax()) and len(listing.facts_of(bare, 0)) == 2


def test_a_survey_of_a_task_that_lacks_everything_is_filtered_listed_and_drawn(fifth, two_sizes):
    result = survey(fifth, two_sizes)
    rows = filter_rows(result, "kd", Filter(labels=("yes",), evidence=("text",), words="RED"))
    expected = [i for i, e in enumerate(fifth.examples("test")) if e.label == 1 and "red" in e.text]
    assert sorted(result.table["text"].iloc[rows]) == ["is the field red?"] * len(expected)
    lines = listing.lines(result, "kd", rows, "kl_kd", down=True)
    assert len(lines) == len(rows) and lines[0][1][2] == "yes"
    figure = saliency_scatter(result, rows, "evidence", "kd")
    assert [trace.name for trace in figure.data] == ["yes"] and len(figure.data[0].x) == len(rows)


def test_a_batch_is_listed_in_short(fifth, two_sizes):
    rows = [["a.png", "is it red?", "yes"], ["a.png", "", ""], ["", "is it blue?", "no"]]
    answers = batch(fifth, table(rows, ("image", "text", "label")), archive({"a.png": picture_file(0)}), two_sizes)
    header, lines = listing.batch_lines(answers.table)
    assert header == ["Line", "Image", "Text", "Label", "Teacher", "KD", "Saliency: image (bits)",
                      "Saliency: text (bits)", "Warnings"]  # fmt: skip
    assert [line[:4] for line in lines] == [
        ["2", "a.png", "is it red?", "yes"], ["3", "a.png", "", ""], ["4", "", "is it blue?", "no"],
    ]  # fmt: skip
    assert all(len(line) == len(header) and "%" in line[4] for line in lines)
    assert lines[1][-1] == "no text: the picture alone"


@pytest.mark.parametrize("late", [2, 70])
def test_a_label_that_few_rows_have_leaves_the_others_empty(fifth, late):
    rows = [["", f"is it {i}?", "yes" if i == late else ""] for i in range(75)]  # more than are answered at once
    answers = batch(fifth, table(rows, ("image", "text", "label")), None, {"teacher": random_model(fifth)})
    header, lines = listing.batch_lines(answers.table)
    assert [line[header.index("Label")] for line in lines] == ["yes" if i == late else "" for i in range(75)]
