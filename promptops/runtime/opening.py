"""The first look at a repository, with the last known good behind it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from promptops.errors import PinError, PromptopsError
from promptops.model.canonical import canonical_json
from promptops.pins.bundle import load_bundle
from promptops.runtime.following import Callback, Following
from promptops.runtime.git import Choice, GitOrigin, is_remote
from promptops.runtime.kept import Kept
from promptops.runtime.origin import Loaded


def open_git(
    choice: Choice, cache: Path | None, bundle: Path | None, timeout: float, on_change: Callback | None
) -> Following:
    """What the repository says now; else what was last served here, else the bundle. PromptopsError when all fail."""
    folder = cache or _user_cache()
    mirror = None
    if bundle is not None and not bundle.is_file():
        import logging  # only where there is something to say

        logging.getLogger("promptops").warning("the bundle for an outage is not there: %s", bundle.absolute())
    if is_remote(choice.where):
        from promptops.source.mirror import Mirror

        mirror = Mirror(choice.where, folder / "mirrors", timeout=timeout)
    elif choice.where:  # the same words in another folder mean another repository
        choice = choice._replace(where=str(Path(choice.where).expanduser().resolve()))
    origin = GitOrigin(choice, mirror)
    kept = Kept(folder / "served" / f"{_key(choice)}.bundle")
    before = kept.load()
    try:
        loaded = origin.load(before[0] if before is not None else None)
    except PromptopsError as exc:
        start, age = _last_good(choice, before, bundle, exc)
        return Following("git", origin, start, reason=exc, age=age, kept=kept, on_change=on_change)
    if before is not None and loaded is before[0]:
        kept.confirm(loaded)
    elif not loaded.broken:  # a bundle cannot say what is broken: the next start shall look again
        kept.save(loaded)
    return Following("git", origin, loaded, kept=kept, on_change=on_change)


def _last_good(
    choice: Choice, before: tuple[Loaded, float] | None, bundle: Path | None, why: PromptopsError
) -> tuple[Loaded, float | None]:
    if before is not None:
        return before
    if bundle is None:
        raise why
    try:
        found = load_bundle(bundle)
    except PromptopsError as exc:
        raise PinError(f"{why}; and the bundle for an outage cannot be used: {exc}", hint=why.hint) from why
    if choice.environment is not None and found.environment != choice.environment:
        message = f"this bundle is of the environment '{found.environment}', not of '{choice.environment}'"
        hint = f"give the file that `promptops bundle --env {choice.environment}` wrote"
        raise PinError(message, where=str(bundle), hint=hint) from why
    if choice.commit is not None and any(pin.commit != choice.commit for pin in found.pins.values()):
        hint = "give a bundle of this commit, or none"
        raise PinError(f"this bundle is not of commit {choice.commit}", where=str(bundle), hint=hint) from why
    return Loaded(found), None


def _key(choice: Choice) -> str:
    """One file for each source and all that is demanded of it: what was kept under weaker demands is not served."""
    parts = [None if part is None else str(part) for part in choice._replace(allow_rewind=False)]
    return sha256(canonical_json(parts)).hexdigest()[:32]


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("promptops", appauthor=False)
