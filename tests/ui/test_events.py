"""Whatever goes wrong in an event becomes one sentence, and the page goes on."""

import ast
from pathlib import Path

import gradio as gr
import pytest

from msd_core.errors import StorageError, UserError
from ui.events import detail_of, guarded, sentence_of
from ui.page import build

UI = Path(__file__).parents[2] / "ui"


@pytest.fixture(scope="module")
def page() -> gr.Blocks:
    return build()


def test_a_sentence_for_a_visitor_names_nothing_of_the_server():
    assert sentence_of(UserError("Give a picture.")) == "Give a picture."
    for error in (StorageError("No room in /srv/secret."), OSError("/srv/secret"), RuntimeError("/srv/secret")):
        assert "secret" not in sentence_of(error) and sentence_of(error).endswith(".")


@pytest.mark.parametrize("error", [UserError("No."), StorageError("No."), RuntimeError("No."), KeyError(1)])
def test_an_error_is_an_update(error):
    def fail(value):
        raise error

    def fail_late(value):
        yield {"a": value}
        raise error

    def refuse(sentence):
        return {"error": sentence}

    assert guarded(fail, refuse)(1) == {"error": sentence_of(error)}
    assert list(guarded(fail_late, refuse)(1)) == [{"a": 1}, {"error": sentence_of(error)}]


@pytest.mark.parametrize("sent", [None, "row", ["row"], 7, {}, {"sort": "text"}])
def test_an_event_without_a_detail_has_none(sent):
    assert detail_of(gr.EventData(None, {"row": 3}), "row") == 3
    assert detail_of(gr.EventData(None, sent), "row") is None


def test_every_event_of_the_page_is_guarded_and_its_own(page):
    for event in page.fns.values():
        if event.api_visibility == "public":
            continue
        assert event.api_visibility == "private", event.api_name
        assert event.fn is None or hasattr(event.fn, "__wrapped__"), event.api_name


def test_whatever_reaches_an_event_it_answers_with_updates(page):
    """The values of a page are a visitor's to forge."""
    for event in page.fns.values():
        if event.fn is None or event.api_visibility == "public" or event.fn.__name__ in ("watch", "pick", "sort_by"):
            continue
        if "event" in event.fn.__wrapped__.__code__.co_varnames:
            continue  # Gradio's own, which is no value
        for value in ({"a": [1]}, None):
            answer = event.fn(*[value] * len(event.inputs))
            updates = answer if isinstance(answer, dict) else dict(pair for each in answer for pair in each.items())
            assert set(updates) <= set(event.outputs), event.fn.__name__


def test_every_parameter_of_the_page_has_a_type():
    bare = []
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                args = node.args
                every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
                bare += [
                    f"{path.name}:{node.lineno} {arg.arg}"
                    for arg in every
                    if arg is not None and arg.annotation is None and arg.arg not in ("self", "cls")
                ]
                bare += (
                    [f"{path.name}:{node.lineno} returns"] if node.returns is None and node.name != "__init__" else []
                )
    assert bare == []
