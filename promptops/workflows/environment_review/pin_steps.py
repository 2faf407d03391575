"""What becomes of one prompt's pin, as the steps that `pin`, `rollback` and people in an editor can take."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from promptops.model.environment import Pin, Rollout
from promptops.model.outcomes.pin_change import Kind, PinChange, version_named_by


def pin_steps(before: Pin | None, after: Pin | None, served_before: Collection[str] = ()) -> Iterator[PinChange]:
    """From one pin to another (None: it is not pinned); one step, or two where the pin and a rollout both change.

    `served_before` are digests that the environment served before the present one: going there is a way back.
    """
    if after is None:
        if before is not None:
            yield PinChange(before.prompt, "unpinned", before, None, version_named_by(before))
        return
    if before is None:
        yield PinChange(after.prompt, "first", None, after, None, version_named_by(after))
    else:
        yield from _pinned_version(before, after, served_before)
    yield from _rollout(before, after)


def _pinned_version(before: Pin, after: Pin, served_before: Collection[str]) -> Iterator[PinChange]:
    old, new, was = version_named_by(before), version_named_by(after), before.rollout
    if old == new:
        return
    if old.digest == new.digest:
        yield _moved(before, after, before, after)
        return
    is_whole = was is not None and was.digest == new.digest
    kind: Kind = "whole" if is_whole else "back" if new.digest in served_before else "pinned"
    notes = (_ends(was),) if was is not None and not is_whole and after.rollout is None else ()
    yield PinChange(after.prompt, kind, before, after, old, new, notes=notes)


def _rollout(before: Pin | None, after: Pin) -> Iterator[PinChange]:
    was, now, pinned = before.rollout if before is not None else None, after.rollout, version_named_by(after)
    if before is not None and was is not None and now is None:
        if version_named_by(before).digest == pinned.digest:
            yield PinChange(after.prompt, "ended", before, after, version_named_by(was), pinned)
    elif now is not None and (was is None or was.digest != now.digest):
        notes = (_ends(was),) if was is not None and was.digest != pinned.digest else ()
        yield PinChange(after.prompt, "rollout", before, after, pinned, version_named_by(now), notes=notes)
    elif now is not None and was is not None and before is not None:
        if was.percent != now.percent:
            yield PinChange(after.prompt, "share", before, after, pinned, version_named_by(now))
        elif was.commit != now.commit:
            yield _moved(before, after, was, now)


def _moved(before: Pin, after: Pin, old: Pin | Rollout, new: Pin | Rollout) -> PinChange:
    moved = f"{new.commit[:7]} instead of {old.commit[:7]}"
    return PinChange(after.prompt, "moved", before, after, version_named_by(old), version_named_by(new), moved=moved)


def _ends(rollout: Rollout) -> str:
    return f"the rollout of {rollout.commit[:7]} to {rollout.percent:g}% ends with it"
