"""The Your data tab without a browser."""

import pytest

from msd_core.errors import UserError
from msd_core.tasks.files import Options
from msd_core.training.events import Cancelled, Done, Failed, Stage, Step
from tests.ui.visitor.own_data import looked_room, student_of, taught_room
from ui import limits
from ui.page import build
from ui.tabs.own.pace import Pace
from ui.tabs.own.widgets import Look, Pairs
from ui.visitor.example_data import example_pairs
from ui.visitor.own_uploads import Pair, thumbnail
from ui.visitor.rooms import OWN, new_room, room_of
from ui.work import own


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def test_time_left_follows_what_is_counted():
    pace = Pace(folds=1)
    pace.add(Stage("Encoding pictures: 100 of 1,100", 1100), 0.0)
    pace.add(Stage("Encoding pictures: 600 of 1,100", 1100), 10.0)
    assert pace.share == pytest.approx(6 / 11) and pace.left == pytest.approx(10) and pace.note == "about 10 s left"
    pace.add(Stage("Reading pictures: 0 of 5", 5), 11.0)
    assert pace.share == 0
    pace.add(Step(50, 100, {}), 20.0)
    pace.add(Step(100, 100, {}), 30.0)
    assert pace.share == 0.5 and pace.left == pytest.approx(20) and pace.stage == "Training the teacher"
    pace.add(Stage("Testing each row by a model that did not see it: part 1"), 40.0)
    assert pace.share == 0.5 and "part 1" in pace.stage
    assert Pace().note == ""


def test_nothing_that_was_typed_is_markup():
    picture = example_pairs()[0][0]
    _, room = new_room()
    (room.uploads / "a.png").write_bytes(picture)
    html = Pairs.render_html([(Pair("a.png", "<b>", '"><i>'), thumbnail(room, "a.png"))], ["<u>"])
    assert "<b>" not in html and "<i>" not in html and "<u>" not in html
    look = {"sentence": "<b>", "warnings": ["<i>"], "notes": ["<u>"], "left_out": [[2, "<s>"]], "count_left_out": 1}
    html = Look.render_html(look)
    assert not any(each in html for each in ("<b>", "<i>", "<u>", "<s>")) and "Row 2" in html


def test_the_example_is_the_same_everywhere_and_takes_both():
    pairs = example_pairs()
    assert pairs == example_pairs() and len(pairs) == 40
    assert len({picture for picture, _, _ in pairs}) == len({text for _, text, _ in pairs}) == 40
    labels = [label for _, _, label in pairs]
    assert {label: labels.count(label) for label in labels} == dict.fromkeys(set(labels), 10) and len(set(labels)) == 4
    assert not any(word in text for _, text, _ in pairs for word in ("fruit", "tool"))


def test_a_browser_remembers_so_many_tasks():
    tokens = [new_room()[0] for _ in range(limits.OWN_TASKS)]
    assert own.remembered(tokens[:-1], tokens[-1]) == tokens
    assert own.remembered(tokens, tokens[0]) == [*tokens[1:], tokens[0]]
    with pytest.raises(UserError, match="delete one first"):
        own.remembered(tokens, new_room()[0])


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Cancelled("x"), "goes on where it stopped"),
        (Failed("{folder}/uploads/table.csv is empty."), "table.csv is empty."),
    ],
)
def test_a_job_that_ends_early_says_what_to_do_and_no_path(monkeypatch, event, sentence):
    token, room = new_room()
    room.settle("Pets", "table.csv", "pictures.zip", Options())
    if isinstance(event, Failed):
        event = Failed(event.text.format(folder=room.folder))
    monkeypatch.setattr(own, "follow", lambda *values: iter([Stage("Reading"), event]))
    with pytest.raises(UserError, match=sentence) as error:
        list(own.look_at(token, lambda: True))
    assert str(room.folder) not in str(error.value)


def test_what_is_done_is_not_done_again(monkeypatch):
    token, _ = taught_room()
    monkeypatch.setattr(own, "follow", lambda *values: iter([Done({})]))
    assert list(own.look_at(token, lambda: True)) == list(own.teach(token, lambda: True)) == []


def test_forgetting_takes_the_task_its_students_and_its_place_in_every_choice():
    token, room = taught_room()
    other, _ = looked_room("Cars", rows=10)
    run = student_of(room)
    page = build()
    event = next(each for each in page.fns.values() if each.fn and each.fn.__qualname__ == "OwnTab.forget")
    values = {"own": [token, other], "runs": [run]}
    choosers = [OWN + token] * (len(event.inputs) - 5)
    updates = event.fn(token, "", "", values["own"], values["runs"], *choosers)
    assert not room.is_there and room_of(other).is_there
    states = [each for each in updates.values() if isinstance(each, list)]
    assert [other] in states and [] in states
    chosen = [each for each in updates.values() if isinstance(each, dict) and each.get("value") == "easy-vqa"]
    assert len(chosen) == len(choosers)
    assert all(OWN + token not in [value for _, value in each["choices"]] for each in chosen)
