"""A table and a ZIP of pictures: which column is what, and which rows to leave out."""

from typing import Any

import gradio as gr

from msd_core.errors import UserError
from ui import limits
from ui.events import Updates, on
from ui.help import what_is_this
from ui.tabs.own.watch import Watch
from ui.visitor.own_uploads import ARCHIVES, TABLES, guess, options_of, take, title, title_of
from ui.visitor.rooms import Room, new_room, open_room
from ui.widgets.sentences import error_html
from ui.work.jobs import check_idle, sweep_all
from ui.work.own import plain

_GUESS = "Guess"
_HALF: dict[str, Any] = {"filterable": False, "min_width": 130, "visible": False}
_LIMITED = {"concurrency_limit": limits.LOOKS_AT_COLUMNS_AT_ONCE, "concurrency_id": "own-files"}
_ROLES = {"image": "Picture", "text": "Text", "label": "Label", "split": "Split, if it has one"}


class TableCard:
    """The components, in the column that is being built, and what happens on them."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.draft = gr.State("")  # the token of the room that the files were put in
        self.given = gr.State((None, None, ()))  # the table's and the archive's names there, and the table's columns
        gr.Markdown(
            f"A CSV, TSV, JSON lines or Parquet of up to {limits.OWN_ROWS:,} rows with a ZIP of its pictures; or a ZIP "
            "alone, with a metadata.csv in it or a folder for each label.",
            elem_classes="small",
        )
        with gr.Row(equal_height=True):
            self.table = gr.File(label="Table", file_types=list(TABLES), height=120, elem_id="o-table", min_width=260)
            self.archive = gr.File(
                label="Pictures (ZIP)", file_types=list(ARCHIVES), height=120, elem_id="o-archive", min_width=260
            )
        self.note = gr.HTML(elem_id="o-note", padding=False)
        with gr.Row(elem_classes="filters"):
            self.roles = {
                role: gr.Dropdown([], label=shown, elem_id=f"o-column-{role}", **_HALF)
                for role, shown in _ROLES.items()
            }
        with gr.Row(elem_classes="filters"):
            self.blank = gr.Dropdown(
                [], multiselect=True, label="Take the words of these columns out of the text", elem_id="o-blank",
                min_width=220, visible=False,
            )  # fmt: skip
            self.least = gr.Number(
                1, label="Leave out labels with fewer rows than", precision=0, elem_id="o-least", min_width=130,
                visible=False,
            )  # fmt: skip
        self.name = gr.Textbox(
            label="What to call it", max_lines=1, max_length=limits.OWN_TITLE, elem_id="o-table-name", visible=False
        )
        self.button = gr.Button("Look at it", variant="primary", size="lg", elem_id="o-look", interactive=False)
        what_is_this("own-table")
        self.chosen = [*self.roles.values(), self.blank, self.least, self.name]
        self.outputs = [self.draft, self.given, self.note, *self.chosen, self.button, self.table, self.archive]

    def wire(self) -> None:
        """Connect the events."""
        watch = self.watch
        ways = ((self.table, self.add_table, self.drop_table), (self.archive, self.add_archive, self.drop_archive))
        for part, handler, drop in ways:
            on(
                part.upload, handler, [self.draft, self.given, part, self.name], self.outputs, self.refuse,
                show_progress="minimal", show_progress_on=self.note, **_LIMITED,
            )  # fmt: skip
            on(part.clear, drop, [self.draft, self.given], self.outputs, self.refuse)
        settled = on(
            self.button.click, self.settle, [self.draft, self.given, *self.chosen], watch.starting,
            watch.refuse,
        )  # fmt: skip
        watch.follow(settled, "look")

    def add_table(self, draft: str, given: tuple[Any, ...], upload: object, name: object) -> Updates:
        """Take a table."""
        token, room = _room(draft)
        table = take(room, upload, "table", TABLES, limits.OWN_TABLE_BYTES)
        return self._seen(token, room, table, given[1], title_of(upload))

    def add_archive(self, draft: str, given: tuple[Any, ...], upload: object, name: object) -> Updates:
        """Take a ZIP of pictures."""
        token, room = _room(draft)
        archive = take(room, upload, "pictures", ARCHIVES, limits.OWN_ARCHIVE_BYTES)
        return self._seen(token, room, given[0], archive, str(name or "") or title_of(upload))

    def drop_table(self, draft: str, given: tuple[Any, ...]) -> Updates:
        """The table was taken back."""
        return self._left(draft, None, given[1])

    def drop_archive(self, draft: str, given: tuple[Any, ...]) -> Updates:
        """The pictures were."""
        return self._left(draft, given[0], None)

    def _left(self, draft: str, table: str | None, archive: str | None) -> Updates:
        token, room = _room(draft)
        room.unsettle()
        return self._seen(token, room, table, archive, "")

    def _seen(self, token: str, room: Room, table: str | None, archive: str | None, called: str) -> Updates:
        try:
            found = guess(room, table, archive)
        except UserError as error:  # a ZIP of pictures alone is none yet
            if table is None and archive is not None:
                note = "Pictures alone: give the table that names them, too."
                return {
                    **self._shown(token, (table, archive, ()), None),
                    self.note: f"<p>{note}</p>",
                    self.name: called,
                }
            raise UserError(plain(str(error), room)) from error
        columns, guessed = found or ((), None)
        updates = self._shown(token, (table, archive, columns), guessed)
        named = title(called) if called else ""
        return {**updates, self.note: "", self.name: gr.update(value=named, visible=archive is not None or bool(table))}

    def _shown(self, token: str, given: tuple[Any, ...], guessed: Any) -> Updates:
        _, archive, columns = given
        there, choices = bool(columns), [(_GUESS, ""), *((each, each) for each in columns)]
        roles: Updates = {
            part: gr.update(choices=choices, value=getattr(guessed, role, None) or "", visible=there)
            for role, part in self.roles.items()
        }
        ready = archive is not None
        return {
            self.draft: token,
            self.given: given,
            **roles,
            self.blank: gr.update(choices=list(columns), value=[], visible=there),
            self.least: gr.update(visible=ready),
            self.button: gr.update(interactive=ready),
        }

    def settle(
        self, draft: str, given: tuple[Any, ...], image: object, text: object, label: object,
        split: object, blank: object, least: object, name: object,
    ) -> Updates:  # fmt: skip
        """Say how the files are to be read; what follows is the look at them."""
        room, (table, archive, columns) = open_room(draft), given
        check_idle(draft)
        if archive is None:
            raise UserError("There are no pictures: give a ZIP of them.")
        roles = {"image": image, "text": text, "label": label, "split": split}
        room.settle(title(name), table, archive, options_of(columns, roles, blank, least))
        return self.watch.started(draft)

    def nothing(self) -> Updates:
        """As it was before anything was given."""
        hidden: Updates = {part: gr.update(visible=False) for part in self.chosen}
        return {
            **hidden,
            **self._shown("", (None, None, ()), None),
            self.note: "",
            self.table: None,
            self.archive: None,
        }

    def refuse(self, sentence: str) -> Updates:
        """One sentence on the file."""
        return {self.note: error_html(sentence), self.button: gr.update(interactive=False)}


def _room(draft: str) -> tuple[str, Room]:
    """The room of a draft that is still there, or a new one."""
    if draft:
        check_idle(draft)
        return draft, open_room(draft)
    sweep_all()
    return new_room()
