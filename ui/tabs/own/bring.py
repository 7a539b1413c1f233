"""A task that was taken away, brought back."""

import gradio as gr

from ui import limits
from ui.events import Updates, on
from ui.tabs.own.watch import Watch
from ui.visitor.own_uploads import ARCHIVES, take
from ui.visitor.rooms import forget, new_room
from ui.visitor.take_away import unpack
from ui.work.jobs import sweep_all


class Bring:
    """The components, in the column that is being built, and what happens on them."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        gr.Markdown(
            "The ZIP that Take it away gave: its data are read anew, its teacher and students are there at once.",
            elem_classes="small",
        )
        self.archive = gr.File(label="ZIP", file_types=list(ARCHIVES), height=150, elem_id="o-bring")

    def wire(self) -> None:
        """Connect the events."""
        watch = self.watch
        settled = on(
            self.archive.upload, self.settle, [self.archive], [*watch.starting, self.archive],
            watch.refuse, concurrency_limit=limits.LOOKS_AT_COLUMNS_AT_ONCE, concurrency_id="own-files",
        )  # fmt: skip
        watch.follow(settled, "bring")

    def settle(self, upload: object) -> Updates:
        """Unpack the ZIP into a room of its own; a refused one leaves nothing behind."""
        sweep_all()
        token, room = new_room()
        try:
            archive = room.uploads / take(room, upload, "archive", ARCHIVES, limits.UPLOAD)
            unpack(room, archive)
            archive.unlink()
        except Exception:
            forget(room)
            raise
        return {**self.watch.started(token), self.archive: None}
