"""A task that was taken away, brought back."""

from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from ui import limits
from ui.events import Updates, on
from ui.visitor.own_uploads import ARCHIVES, take
from ui.visitor.rooms import forget, new_room
from ui.visitor.take_away import unpack
from ui.work.jobs import sweep_all

if TYPE_CHECKING:
    from ui.tabs.own.watch import Watch


class Bring:
    """The components, in the column that is being built, and what happens on them."""

    def __init__(self) -> None:
        gr.Markdown(
            "The ZIP that Take it away gave: its data are read anew, its teacher and students are there at once.",
            elem_classes="small",
        )
        self.archive = gr.File(label="ZIP", file_types=list(ARCHIVES), height=150, elem_id="o-bring")

    def wire(self, watch: "Watch") -> None:
        """Connect the events."""
        settled = on(
            self.archive.upload, partial(self.settle, watch), [self.archive], [*watch.starting, self.archive],
            watch.refuse, concurrency_limit=limits.LOOKS_AT_COLUMNS_AT_ONCE, concurrency_id="own-files",
        )  # fmt: skip
        watch.follow(settled, "bring")

    def settle(self, watch: "Watch", upload: object) -> Updates:
        """Unpack the ZIP into a room of its own; a refused one leaves nothing behind."""
        sweep_all()
        token, room = new_room()
        try:
            archive = room.uploads / take(room, upload, "archive", ARCHIVES, 2 * limits.OWN_ARCHIVE_BYTES)
            unpack(room, archive)
            archive.unlink()
        except Exception:
            forget(room)
            raise
        return {**watch.started(token), self.archive: None}
