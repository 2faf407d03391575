"""From one pin to another: which steps these are."""

from __future__ import annotations

import pytest

from promptops.model.environment import Pin, Rollout
from promptops.workflows.environment_review.pin_steps import pin_steps


def pin(version: str, beside: str = "", percent: float = 10) -> Pin:
    """A pin of `version`, with a rollout of `beside`; a capital letter is the same text at another commit."""
    rollout = Rollout(*_version(beside), percent) if beside else None
    return Pin("note", *_version(version), rollout)


def _version(letter: str) -> tuple[str, str]:
    return letter * 40, f"sha256:{letter.lower() * 64}"


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (None, None, []),
        (pin("a"), pin("a"), []),
        (None, pin("a"), ["first"]),
        (None, pin("a", "b"), ["first", "rollout"]),
        (pin("a"), None, ["unpinned"]),
        (pin("a"), pin("b"), ["pinned"]),
        (pin("a"), pin("A"), ["moved"]),
        (pin("a"), pin("f"), ["back"]),
        (pin("a"), pin("a", "b"), ["rollout"]),
        (pin("a", "b"), pin("a", "b", 50), ["share"]),
        (pin("a", "b"), pin("a", "B"), ["moved"]),
        (pin("a", "b"), pin("a", "c"), ["rollout"]),
        (pin("a", "b"), pin("b"), ["whole"]),
        (pin("a", "b"), pin("a"), ["ended"]),
        (pin("a", "b"), pin("A"), ["moved", "ended"]),
        (pin("a", "b"), pin("c"), ["pinned"]),
        (pin("a", "b"), pin("c", "b"), ["pinned"]),
        (pin("a", "b"), pin("c", "d"), ["pinned", "rollout"]),
        (pin("a", "b"), pin("b", "c"), ["whole", "rollout"]),
    ],
)
def test_steps(before: Pin | None, after: Pin | None, kinds: list[str]) -> None:
    steps = list(pin_steps(before, after, [_version("f")[1]]))
    assert [step.kind for step in steps] == kinds
    assert all((step.before, step.after) == (before, after) for step in steps)


def test_a_rollout_that_ends_with_another_step_is_told_once() -> None:
    for before, after in ((pin("a", "b"), pin("c")), (pin("a", "b"), pin("a", "c")), (pin("a", "b"), pin("c", "d"))):
        notes = [note for step in pin_steps(before, after) for note in step.notes]
        assert notes == ["the rollout of bbbbbbb to 10% ends with it"]
    assert [step.notes for step in pin_steps(pin("a", "b"), pin("b", "c"))] == [(), ()]
