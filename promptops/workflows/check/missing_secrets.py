"""A model's key that is missing in a workflow on GitHub: where it belongs."""

from __future__ import annotations

from promptops.model.outcomes.check import Checked, Trouble


def with_secret_hints(checked: Checked) -> Checked:
    """The check whose missing keys are told as a workflow's people need it; a fork's run is given none anyway."""
    return checked._replace(troubles=tuple(map(_without if _is_fork(checked) else _named, checked.troubles)))


def _is_fork(checked: Checked) -> bool:
    return checked.untrusted and not checked.unread


def _named(trouble: Trouble) -> Trouble:
    if not (key := trouble.key):
        return trouble
    secret = f"on GitHub: a secret of the repository, passed on as env: {key}: ${{{{ secrets.{key} }}}}"
    return trouble._replace(hint="; ".join(filter(None, [trouble.hint, secret])))


def _without(trouble: Trouble) -> Trouble:
    return trouble._replace(hint="") if trouble.key else trouble
