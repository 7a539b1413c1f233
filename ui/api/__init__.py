"""The public endpoints: plain data in, plain data out. A new one is a function here and a line in `add_endpoints`.

Gradio makes their documentation of signatures and docstrings; task, method and model names are checked by `ui.visitor`.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

import gradio as gr

from ui import limits
from ui.api.dataset import batch, swap
from ui.api.distil import distill
from ui.api.languages import languages
from ui.api.own import forget, teach
from ui.api.pair import attribute, compare
from ui.api.study import study
from ui.events import sentence_of


def add_endpoints() -> None:
    """Make them public; what takes long waits in a room of `ui.work`, with what the page starts."""
    _add(compare, concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare")
    _add(attribute, concurrency_limit=None)
    _add(distill, concurrency_limit=None)
    _add(teach, concurrency_limit=None)
    _add(forget, concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare")
    _add(swap, concurrency_limit=limits.SWAPS_AT_ONCE, concurrency_id="swap")
    _add(batch, concurrency_limit=None)
    _add(languages, concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare")
    _add(study, concurrency_limit=limits.STUDIES_AT_ONCE, concurrency_id="study")


def _add(endpoint: Callable[..., Any], **limited: Any) -> None:
    gr.api(_with_sentences(endpoint), api_name=endpoint.__name__, **limited)


def _with_sentences(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, whose errors are one sentence for whoever called it."""

    def refused(error: Exception) -> gr.Error:
        return gr.Error(sentence_of(error), print_exception=False)

    if isgeneratorfunction(endpoint):

        @wraps(endpoint)
        def stream(*values: Any, **named: Any) -> Iterator[Any]:
            try:
                yield from endpoint(*values, **named)
            except Exception as error:
                raise refused(error) from error

        return stream

    @wraps(endpoint)
    def answer(*values: Any, **named: Any) -> Any:
        try:
            return endpoint(*values, **named)
        except Exception as error:
            raise refused(error) from error

    return answer
