"""A handful of pictures, with a text and a label to type to each."""

import gradio as gr

from ui import limits
from ui.events import Updates, on
from ui.help import what_is_this
from ui.tabs.own.watch import Watch
from ui.tabs.own.widgets import TYPED, Pairs
from ui.visitor.example_data import TITLE, example_pairs
from ui.visitor.own_uploads import (
    Pair,
    put_picture,
    read_pairs,
    settle_pairs,
    take_pictures,
    thumbnail,
    title,
)
from ui.visitor.rooms import Room, new_room, open_room
from ui.widgets.sentences import error_html
from ui.work.jobs import check_idle, sweep_all

_LOW, _HIGH = limits.OWN_PAIRS
_LIMITED = {"concurrency_limit": limits.LOOKS_AT_COLUMNS_AT_ONCE, "concurrency_id": "own-files"}


class Handful:
    """The components, in the column that is being built, and what happens on them."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.draft = gr.State("")  # the token of the room that the pictures were put in
        self.typed = gr.Textbox(visible=False)  # what is typed, as JSON: filled by the script of each event
        gr.Markdown(
            f"Drop {_LOW} to {_HIGH} pictures and type a text and a label to each, or paste both from a spreadsheet. "
            "Or start from an example.",
            elem_classes="small",
        )
        with gr.Row(equal_height=False):
            self.files = gr.File(
                label="Pictures", file_count="multiple", file_types=["image"], height=150, elem_id="o-pictures",
                min_width=220,
            )  # fmt: skip
            self.example = gr.Button(
                "Example data", elem_id="o-example", elem_classes="outlined", min_width=150, scale=0
            )
        self.name = gr.Textbox(
            label="What to call it", value="Your pairs", max_lines=1, max_length=limits.OWN_TITLE, elem_id="o-name"
        )
        self.pairs = Pairs.build(elem_id="o-pairs")
        self.button = gr.Button("Teach", variant="primary", size="lg", elem_id="o-teach-handful", interactive=False)
        what_is_this("own-handful")
        self.outputs = [self.draft, self.pairs, self.files, self.name, self.button]

    def wire(self) -> None:
        """Connect the events."""
        watch = self.watch
        inputs, typed = [self.draft, self.typed, self.files], f"(draft, typed, files) => [draft, {TYPED}, files]"
        on(self.files.upload, self.add, inputs, self.outputs, self.refuse, js=typed, **_LIMITED)
        on(self.example.click, self.fill, [], self.outputs, self.refuse, **_LIMITED)
        settled = on(
            self.button.click, self.settle, [self.draft, self.typed, self.name], watch.starting,
            watch.refuse,
            js=f"(draft, typed, name) => [draft, {TYPED}, name]",
        )  # fmt: skip
        watch.follow(settled, "teach")

    def add(self, draft: str, typed: object, files: object) -> Updates:
        """More pictures, below those that are there."""
        token, room = (draft, open_room(draft)) if draft else _begin()
        pairs = read_pairs(room, typed)
        names, refused = take_pictures(room, files)
        known = {pair.picture for pair in pairs}
        pairs += [Pair(name) for name in dict.fromkeys(names) if name not in known]
        if len(pairs) > _HIGH:
            refused.append(f"There are more than {_HIGH} pictures: give a table and a ZIP for so many.")
        return {**self._filled(token, room, pairs[:_HIGH], refused), self.files: None}

    def fill(self) -> Updates:
        """The example's pairs, in place of those that were there."""
        token, room = _begin()
        pairs = [Pair(put_picture(room, picture, ".png"), text, label) for picture, text, label in example_pairs()]
        return {**self._filled(token, room, pairs, []), self.name: TITLE}

    def _filled(self, token: str, room: Room, pairs: list[Pair], refused: list[str]) -> Updates:
        drawn = [(pair, thumbnail(room, pair.picture)) for pair in pairs]
        return {
            self.draft: token,
            self.pairs: Pairs.render_html(drawn, refused),
            self.button: gr.update(interactive=bool(pairs)),
        }

    def settle(self, draft: str, typed: object, name: object) -> Updates:
        """Make a table of what was typed; what follows is the work on it."""
        room = open_room(draft)
        check_idle(draft)
        settle_pairs(room, read_pairs(room, typed), title(name))
        return self.watch.started(draft)

    def nothing(self) -> Updates:
        """As it was before anything was given."""
        return {
            self.draft: "", self.pairs: "", self.files: None, self.name: "Your pairs",
            self.button: gr.update(interactive=False),
        }  # fmt: skip

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of pairs that cannot be shown."""
        return {self.pairs: error_html(sentence), self.draft: "", self.button: gr.update(interactive=False)}


def _begin() -> tuple[str, Room]:
    sweep_all()
    return new_room()
