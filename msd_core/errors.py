"""The exceptions whose message is meant for the person at the screen."""

from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend. The message is one sentence that says what is wrong and what to do."""


class StorageError(UserError):
    """A disk or folder that cannot be used. The message names a path, which is nothing for a visitor of a page."""


class Diverged(UserError):
    """A training run whose parameters are no numbers any more."""


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """Return `name` if it is one of `known`; otherwise raise a `UserError` that lists them."""
    names = list(known)
    if name in names:
        return name
    quoted = repr(name if len(name) <= 60 else f"{name[:60]}...")
    raise UserError(f"There is no {kind} called {quoted}: choose one of {', '.join(names)}.")
