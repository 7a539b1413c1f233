"""The one way in which an event of the page is connected: whatever goes wrong in it becomes one sentence, and what the
event had locked is unlocked."""

import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from msd_core.errors import StorageError, UserError

Updates = dict[Block, Any]  # by component
Refuse = Callable[[str], Updates]  # what a sentence that says what went wrong changes on the page

_LOG = logging.getLogger(__name__)
_FAULT = "Something went wrong on the server: try again, and report it if it goes on."
_DISK = "The server has no room to keep this just now: try again later."


def sentence_of(error: Exception) -> str:
    """One sentence for a visitor; an error that is none of theirs is logged, and its details are nobody's business."""
    if isinstance(error, StorageError):
        _LOG.error("storage: %s", error)
        return _DISK
    if isinstance(error, UserError):
        return str(error)
    _LOG.error("an event failed", exc_info=error)
    return _FAULT


def guarded(handler: Callable[..., Any], refuse: Refuse) -> Callable[..., Any]:
    """The handler, or generator of updates, whose errors are updates too."""
    if inspect.isgeneratorfunction(handler):

        @wraps(handler)
        def generate(*values: Any) -> Iterator[Updates]:
            try:
                yield from handler(*values)
            except Exception as error:
                yield refuse(sentence_of(error))

        return generate

    @wraps(handler)
    def answer(*values: Any) -> Updates:
        try:
            return handler(*values)
        except Exception as error:
            return refuse(sentence_of(error))

    return answer


def on(
    trigger: Callable[..., Any],
    handler: Callable[..., Any],
    inputs: Component | Sequence[Component],
    outputs: Block | Sequence[Block],
    refuse: Refuse,
    **options: Any,
) -> Dependency:
    """Connect a trigger of a component (`button.click`), of an earlier event (`event.then`) or several at once
    (`partial(gr.on, triggers)`) to a handler.

    Events are the page's own, not public endpoints, and values come as they were sent: `ui.visitor.checks` reads them,
    since Gradio's own reading of a damaged file ends in a traceback. refuse: what a sentence that says what went wrong
    changes on the page, the unlocking of buttons included. options: Gradio's own. Returns the event, to follow it up.
    """
    settings = {"api_visibility": "private", "preprocess": False, "show_progress": "hidden", **options}
    return trigger(guarded(handler, refuse), inputs, outputs, **settings)


def detail_of(event: gr.EventData, name: str) -> object:
    """What the script of a widget sent with its event under a name; None where there is none such."""
    try:
        return getattr(event, name, None)
    except TypeError:  # no object was sent, which Gradio does not check
        return None


QUICK = {"queue": False}  # events that compute nothing
