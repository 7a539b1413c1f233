"""A visitor's own task sent as a ZIP to whoever knows its token: no file lies about that others could fetch."""

import json
from collections.abc import Iterator
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import limits
from ui.events import sentence_of
from ui.visitor.rooms import open_room
from ui.visitor.take_away import take_away
from ui.work.housekeeping import route_of
from ui.work.room import Room

ROUTE = "/own/take-away"
ROOM = Room(limits.TAKEN_AT_ONCE, limits.TAKEN_WAITING)
_MOST = 4096  # bytes of a request
_PIECE = 1 << 20


class TakeAway:
    """Answers a POST of `{"token": ..., "runs": [...]}`: the token is in no address, so that it is in no log either."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if route_of(scope) != ROUTE or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = b""
        async for piece in Request(scope, receive).stream():
            body += piece
            if len(body) > _MOST:
                break
        await (await run_in_threadpool(_answer, body))(scope, receive, send)


def _answer(body: bytes) -> Response:
    try:
        values = json.loads(body)
        token, runs = (values.get(name) if isinstance(values, dict) else None for name in ("token", "runs"))
        with ROOM.enter():
            file = take_away(open_room(token), runs)
    except (ValueError, RecursionError):
        return PlainTextResponse("That request cannot be read.", 400)
    except Exception as error:
        return PlainTextResponse(sentence_of(error), 400)
    return StreamingResponse(_pieces(file), media_type="application/zip")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
