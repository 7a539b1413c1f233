import pytest

from analysis.languages import sentences
from analysis.languages.figures import heat_map, leaning_figure, means_figure, transfer_figure
from analysis.languages.scores import leanings, study_means, study_scores
from msd_core.study.published import Study
from tests.analysis.drawing import check_paper


def test_the_first_named_difference_is_told_with_its_interval(study):
    sentence = sentences.of_study(study)
    assert sentence.startswith("Distilling before the labels scores 29.84 points above distilling with them")
    assert "95 % interval +29.38 to +30.31" in sentence and "20 pairs of runs, named beforehand" in sentence


@pytest.mark.parametrize(("sign", "said"), [(-1, "below"), (0, "no clear difference")])
def test_so_it_is_where_it_is_below_or_open(study, sign, said):
    changed = study.transfer.assign(mean=sign * 0.1, low=sign * 0.1 - 0.01, high=sign * 0.1 + 0.01)
    assert said in sentences.of_study(Study(study.task, *[study.runs] * 4, study.languages, changed))


def test_a_study_without_it_says_so(study):
    nothing = study.transfer[study.transfer["arm"] == "nobody"]
    assert "no pairs" in sentences.of_study(Study(study.task, *[study.runs] * 4, study.languages, nothing))


def test_the_recipe_that_goes_furthest_is_named_beside_the_teacher(study):
    said = sentences.recipes(study_means(study, ["en"]), "text")
    assert said.startswith("Text only, languages without labels: ce/pretrained") and "55 %" in said and "65 %" in said


def test_figures_show_every_recipe_and_language(study):
    scores, means = study_scores(study), study_means(study, ["en"])
    figure = heat_map(scores, "text", ["en"])
    (cells,) = figure.data
    assert list(cells.x) == ["en", "de", "ja"], "those learned from come first"
    assert list(cells.y) == ["teacher", "kd", "ce/pretrained"] and cells.text[1][2] == "20"
    assert cells.customdata[1][2] == "Japanese: 19.6 % (19.1 to 20.1)"
    check_paper(figure)
    source, others = means_figure(means, "both").data
    assert source.x[1] == pytest.approx(80, abs=1) and others.x[1] == pytest.approx(25, abs=1)
    assert min(others.error_x.array) > 0


def test_leanings_are_drawn_and_told_by_language():
    import torch

    from msd_core.tasks import load_split
    from tests.tongues import TASK

    split = load_split(TASK, "test")
    logits = 3 * torch.randn(len(split), 4, 2, generator=torch.Generator().manual_seed(1))
    table = leanings(TASK, {"teacher": logits}, split)
    figure = leaning_figure(table, "teacher")
    assert [trace.name for trace in figure.data] == ["image", "text"]
    assert set(figure.data[0].y) == {"English", "German", "Japanese"}
    text = table[table["modality"] == "text"].set_index("language")["mean"]
    names = {"de": "German", "en": "English", "ja": "Japanese"}
    assert f"most in {names[text.idxmax()]} ({text.max():.2f} bits)" in sentences.leaning(table, "teacher")


def test_named_differences_are_drawn_with_what_they_were_to_lie_above(study):
    marks, bars = transfer_figure(study.transfer).data
    named = study.transfer[study.transfer["named"]]
    assert list(marks.x) == pytest.approx(list(100 * named["mean"])) and len(named) == 2
    assert list(bars.x) == [15, 12] and "Holm" in marks.customdata[0]
    assert sentences.named(study).startswith("2 of 13 differences")


def test_a_study_in_several_languages_says_over_which_it_scores(study):
    from analysis.study.sentences import summarize
    from msd_core.study.published import Study
    from tests.studies import contrasts_of, runs_of

    runs = runs_of("emoji", {"kd": 0.8, "kd+instance": 0.7})
    here = Study("emoji", runs, contrasts_of(runs), runs, study.evidence, study.languages, study.transfer)
    said = summarize(here, contrasts_of(runs).assign(task="other")).sentences
    assert "below plain kd over all languages" in said[0] and said[1].startswith("A difference named before")
