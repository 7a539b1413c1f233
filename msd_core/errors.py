"""The one exception whose message is meant for the person at the screen."""


class UserError(Exception):
    """Something the user can mend. The message is one sentence that says what is wrong and what to do."""


class Diverged(UserError):
    """A training whose parameters are no numbers any more."""


def choose(kind: str, name: str, known) -> str:
    """Return `name` if it is one of `known`; otherwise raise a `UserError` that lists them."""
    if name in known:
        return name
    said = repr(name if len(name) <= 60 else f"{name[:60]}...")
    raise UserError(f"There is no {kind} called {said}: choose one of {', '.join(known)}.")
