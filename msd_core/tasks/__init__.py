"""The tasks, by name. A new one is a module with a `TASK` and one line here."""

from importlib import import_module

from msd_core.errors import choose
from msd_core.tasks.base import BOX, EVIDENCE, SPLITS, WHOLE, Example, Recipe, Task, codes
from msd_core.tasks.splits import Split, load_split

TASKS = {
    "easy-vqa": "msd_core.tasks.easy_vqa",
    "digits": "msd_core.tasks.digits",
    "sarcasm": "msd_core.tasks.sarcasm",
    "posters": "msd_core.tasks.posters",
    "emoji": "msd_core.tasks.emoji",
    "emoji-pairs": "msd_core.tasks.emoji.pairs",
}


def load_task(name: str) -> Task:
    """The task of that name; a `UserError` lists the names when there is none. Only its own imports are paid for."""
    return import_module(TASKS[choose("task", name, TASKS)]).TASK


__all__ = [
    "BOX",
    "EVIDENCE",
    "SPLITS",
    "TASKS",
    "WHOLE",
    "Example",
    "Recipe",
    "Split",
    "Task",
    "codes",
    "load_split",
    "load_task",
]
