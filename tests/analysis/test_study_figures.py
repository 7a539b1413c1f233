"""The figures of a study show its tables' numbers, with titled axes and nothing told by colour alone."""

import itertools
from dataclasses import replace

import pytest

from analysis.study import alone, curves, evidence, forest
from analysis.study.arms import ARMS, BAR, KD, NAMED, grouped, look_of, ordered
from analysis.study.pictures import write_pictures
from analysis.study.tables import arms_of, by_evidence, caption, curve, lines, shown_first, summary, whole
from msd_core.errors import UserError
from msd_core.recipes import WHOLE
from msd_core.study import published
from tests.analysis.conftest import SCORES


def marks(figure) -> dict[str, dict]:
    """The traces that are marks, by name; their x and y as one dict."""
    return {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in figure.data if trace.mode == "markers"}


def drawn(study, named) -> dict:
    return {
        "forest": forest.forest(study, KD),
        "forest of the bar": forest.forest(study, BAR),
        "overview": forest.overview(named, {"digits": "Statements <b>"}, "digits"),
        "size": curves.curve_figure(study, "train_size"),
        "noise": curves.curve_figure(study, "label_noise"),
        "misread": curves.curve_figure(study, "corrupt_text"),
        "learning": curves.learning_figure(study, [KD, NAMED]),
        "alone": alone.alone_figure(study),
        "evidence": evidence.evidence_figure(study),
    }


@pytest.fixture
def figures(varied, make, tmp_path):
    from msd_core.study.published import named_contrasts

    return drawn(varied, named_contrasts(tmp_path))


def test_all_axes_have_titles_and_units_and_there_is_no_paper(figures):
    units = {"forest": "percentage points", "overview": "percentage points", "size": "log scale", "noise": "%",
             "learning": "%", "alone": "nats", "evidence": "percentage points"}  # fmt: skip
    for name, figure in figures.items():
        layout = figure.to_dict()["layout"]
        axes = {key: layout[key].get("title", {}).get("text") for key in layout if key[1:].startswith("axis")}
        shared = {"yaxis2"} if name == "alone" else set()  # its panels share an axis
        assert all(title for key, title in axes.items() if key not in shared), name
        assert units.get(name, "") in " ".join(filter(None, axes.values())), name
        assert layout["paper_bgcolor"] == "rgba(0,0,0,0)", name


def test_a_title_is_no_markup(figures):
    assert "Statements &lt;b&gt;" in str(figures["overview"].to_dict())


def test_the_forest_shows_every_difference_and_only_the_named_one_is_filled(varied):
    figure = forest.forest(varied, KD)
    rows = varied.contrasts[(varied.contrasts["against"] == KD) & (varied.contrasts["train_size"] == 1000)]
    rows = rows[(rows["label_noise"] == 0) & (rows["corrupt_text"] == 0)].set_index("arm")
    found = marks(figure)
    assert list(found["Named beforehand"].values()) == pytest.approx([100 * rows.loc[NAMED, "mean"]])
    explored = [100 * rows.loc[arm, "mean"] for _, arms in grouped(rows.index, KD)[1:] for arm in arms]
    assert list(found["Exploratory"].values()) == pytest.approx(explored)
    symbols = {trace.name: trace.marker.symbol for trace in figure.data if trace.mode == "markers"}
    assert symbols == {"Named beforehand": "diamond", "Exploratory": "circle-open"}
    thick = next(t for t in figure.data if "(t)" in t.name and len(t.x) == 3)
    thin = next(t for t in figure.data if "BCa" in t.name and len(t.x) == 3)
    assert thick.x[:2] == pytest.approx([100 * rows.loc[NAMED, end] for end in ("low", "high")])
    assert thin.x[:2] == pytest.approx([100 * rows.loc[NAMED, end] for end in ("bca_low", "bca_high")])
    assert thick.line.width > thin.line.width
    words = " ".join(note.text for note in figure.layout.annotations)
    assert "Named beforehand" in words and "Controls</b> <i>(exploratory)" in words
    assert all(arm in words for arm in rows.index)


def test_against_the_bar_nothing_was_named(varied):
    figure = forest.forest(varied, BAR)
    assert set(marks(figure)) == {"Exploratory"} and len(marks(figure)["Exploratory"]) == 1


def test_what_is_far_off_the_scale_is_named_at_the_edge(make):
    study, _ = make({KD: 0.86, BAR: 0.861, NAMED: 0.862, "ce": 0.3}, noise=0.001)
    figure = forest.forest(study, KD)
    assert -5 < figure.layout.xaxis.range[0] < 0
    assert any(note.text.startswith("◂ −56.00") for note in figure.layout.annotations)


def test_a_study_without_the_bar_or_kd_draws_an_empty_forest(make):
    study, _ = make({KD: 0.86, NAMED: 0.88})
    assert "No arm" in forest.forest(study, BAR).layout.annotations[0].text


def test_the_overview_has_a_mark_a_task(make):
    make(task="posters", metric="macro_f1")
    _, named = make()
    figure = forest.overview(named, {}, "posters")
    assert list(marks(figure)["Named beforehand"].values()) == pytest.approx((100 * named["mean"]).tolist())
    words = [note.text for note in figure.layout.annotations]
    assert words[0].startswith("digits<br>+2.00") and words[1].startswith("<b>▸ posters</b>")


def test_curves_are_the_means_of_the_runs(varied):
    figure, table = curves.curve_figure(varied, "train_size"), curve(varied, "train_size")
    assert [trace.name for trace in figure.data] == ["ce", KD, BAR, NAMED]
    for trace in figure.data:
        mine = table[table["arm"] == trace.name]
        runs = varied.runs[
            (varied.runs["arm"] == trace.name) & (varied.runs[["label_noise", "corrupt_text"]] == 0).all(1)
        ]
        assert list(trace.y) == pytest.approx((100 * runs.groupby("train_size")["test_both"].mean()).tolist())
        assert list(trace.error_y.array) == pytest.approx((100 * (mine["high"] - mine["mean"])).tolist())
    assert figure.layout.xaxis.ticktext[-1] == "all"
    assert 10 ** figure.layout.xaxis.tickvals[-1] == pytest.approx(whole("digits")) and whole("digits") < WHOLE
    assert curves.curve_figure(varied, "label_noise").layout.xaxis.ticktext == ("0", "40")


def test_what_does_not_vary_has_no_curve(make):
    assert all(curve(make()[0], column).empty for column in curves.VARIED)


def test_curves_of_a_task_that_nobody_counted_still_end_in_all(varied):
    own = replace(varied, task="own", runs=varied.runs.assign(task="own"))
    assert whole("own") is None
    assert curves.curve_figure(own, "train_size").layout.xaxis.ticktext[-1] == "all"


def test_learning_curves_are_the_means_and_have_both_ends(varied):
    figure = curves.learning_figure(varied, [KD])
    said = [note.text for note in figure.layout.annotations]
    assert said == ["teacher", "best guess without the picture"]
    assert [shape.y0 for shape in figure.layout.shapes] == pytest.approx([96, 60])
    assert len(figure.data[0].y) == 8 and figure.data[0].y[-1] == pytest.approx(86, abs=0.5)


def test_the_small_teachers_of_self_distillation_do_not_count_as_teachers(make):
    study, _ = make({KD: 0.86, NAMED: 0.88, "kd/self": 0.85})
    small = study.runs["teacher_both"].mask(study.runs["arm"] == "kd/self", 0.5)
    told = replace(study, runs=study.runs.assign(teacher_both=small))
    assert curves.learning_figure(told, [KD]).layout.shapes[0].y0 == pytest.approx(96)
    assert "the teachers’: 96.00" in caption(told)


def test_one_half_alone_shows_both_ways_to_hide(varied):
    figure = alone.alone_figure(varied)
    found = [trace for trace in figure.data if trace.mode == "markers"]
    place = arms_of(varied).index(KD)
    assert [trace.x[place] for trace in found] == pytest.approx([0.6, 0.03, 0.7, 0.04])
    assert len({trace.y[place] for trace in found}) == 1


def test_the_gain_is_shown_where_it_lies(varied):
    figure = evidence.evidence_figure(varied)
    (named,) = (trace for trace in figure.data if trace.name == NAMED)
    assert list(named.x) == pytest.approx([2, 0, 0]) and BAR in {trace.name for trace in figure.data}
    assert figure.layout.yaxis.ticktext == ("both<br>50%", "image<br>30%", "text<br>20%")
    alone = replace(varied, evidence=varied.evidence[varied.evidence["evidence"] == "both"])
    assert by_evidence(alone, KD).empty


def test_long_runs_are_drawn_at_their_epochs(varied):
    longer = replace(varied, runs=varied.runs.assign(epochs=160))
    assert list(curves.learning_figure(longer, [KD]).data[0].x) == [20 * place for place in range(1, 9)]


def test_nothing_is_told_by_colour_alone(figures):
    for name in ("forest", "size", "noise", "misread", "learning", "alone", "evidence"):
        shown = [trace for trace in figures[name].data if trace.showlegend is not False]
        looks = [(trace.mode, trace.line.dash, trace.marker.symbol, trace.line.width) for trace in shown]
        assert len(looks) > 1 and all(a != b for a, b in itertools.combinations(looks, 2)), name
    looks = [(look_of(arm).symbol, look_of(arm).dash) for arm in ARMS]
    assert len(set(looks)) == len(ARMS)


def test_the_table_has_every_arm_in_order(varied):
    header, rows = lines(varied)
    assert [row[0] for row in rows] == ordered(SCORES) and all(len(row[3]) == len(header) - 1 for row in rows)
    named = next(row for row in rows if row[0] == NAMED)
    assert named[2] and named[3][0] == "+2.00" and named[3][2:4] == ["20", "88.00"] and named[3][5:] == ["20", "0.002"]
    assert next(row for row in rows if row[0] == KD)[3][:2] == ["–", "–"]
    assert caption(varied).startswith("1,000 training examples, 8 epochs, the model “student”; accuracy")
    assert summary(varied)["arms"][0]["mean"] == pytest.approx(0.8)


def test_unknown_arms_are_shown_last_among_the_others(make):
    study, _ = make({KD: 0.86, "ce": 0.8, "sp+uniform": 0.85})
    assert arms_of(study) == ["ce", KD, "sp+uniform"] and shown_first(study) == ["ce", KD]
    assert grouped(["sp+uniform", "ce"], KD)[-1] == ("Others", ["sp+uniform"])
    forest.forest(study, KD)
    assert shown_first(make({"sp": 0.8, "crd": 0.8, KD: 0.9})[0]) == [KD]


def test_a_study_without_differences_is_drawn(varied):
    study = replace(varied, contrasts=varied.contrasts.iloc[:0])
    assert "No arm" in forest.forest(study, KD).layout.annotations[0].text
    assert all(row[3][:2] == ["–", "–"] for row in lines(study)[1])


def test_the_figures_of_the_documentation_are_drawn_as_files(make, tmp_path, monkeypatch):
    make()
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    paths = write_pictures(tmp_path / "figures")
    assert {path.name for path in paths} == {"named.svg", "digits-kd.svg", "digits-uniform.svg", "digits-evidence.svg"}
    titles = {"named": "kd+instance less kd", "evidence": "Right answers, less kd"}
    for path in paths:
        assert titles.get(path.stem.split("-")[-1], "Difference in accuracy") in path.read_text()
    monkeypatch.setattr(published, "STUDIES", tmp_path / "none")
    with pytest.raises(UserError, match="no study in the box"):
        write_pictures(tmp_path / "figures")
