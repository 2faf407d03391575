"""The first load from a repository, with the last known good behind it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from promptops.errors import PinError, PromptopsError
from promptops.model.canonical_json import canonical_json
from promptops.pins.bundle import Bundle, load_bundle
from promptops.runtime.disk_cache import DiskCache
from promptops.runtime.git_prompts import GitChoice, GitPrompts, is_remote, signers_digest
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.runtime.refresher import ChangeCallback, Refresher
from promptops.text.sanitize import shell_word


def open_git(
    choice: GitChoice, cache: Path | None, bundle: Path | None, timeout: float, on_change: ChangeCallback | None
) -> Refresher:
    """What the repository says now; else what was last served here, else the bundle. PromptopsError when all fail."""
    folder = cache or _user_cache()
    mirror, address = None, ""
    if bundle is not None and not bundle.is_file():
        import logging  # only where there is something to say

        logging.getLogger("promptops").warning("the bundle for an outage is not there: %s", bundle.absolute())
    if is_remote(choice.where):
        from promptops.source.git.remote.mirror import Mirror
        from promptops.source.git.remote.remote_url import parse_remote_url

        mirror = Mirror(choice.where, folder / "mirrors", timeout=timeout)
        address = parse_remote_url(choice.where).url
    elif choice.where:  # the same words in another folder mean another repository
        choice = choice._replace(where=str(Path(choice.where).expanduser().resolve()))
        address = choice.where
    disk_cache = DiskCache(folder / "served" / f"{_cache_key(choice, address)}.bundle")
    cached = disk_cache.load()
    # A remote leads on from what was served before; a folder here is where somebody works, and may be on any branch.
    known_head = cached[0].bundle.commit if cached is not None and mirror is not None else None
    load = GitPrompts(choice, mirror, known_head).load
    try:
        # What the application brought along needs no reading either, where its digests are the ones that are pinned.
        loaded = load(cached[0] if cached is not None else _load_fallback(bundle))
    except Exception as exc:  # whatever it is, an application that can start shall start
        start, age = _last_known_good(choice, cached, bundle, exc)
        error = exc if isinstance(exc, PromptopsError) else f"{type(exc).__name__}: {exc}"
        return Refresher(address, load, start, reason=error, age=age, disk_cache=disk_cache, on_change=on_change)
    if cached is not None and loaded is cached[0]:
        disk_cache.confirm(loaded)
    elif not loaded.broken:  # a bundle cannot say what is broken: the next start shall look again
        disk_cache.save(loaded)
    return Refresher(address, load, loaded, disk_cache=disk_cache, on_change=on_change)


def _load_fallback(bundle: Path | None) -> LoadedPrompts | None:
    """The bundle for an outage, if it can be read; what is wrong with it matters only in an outage."""
    try:
        return LoadedPrompts(load_bundle(bundle)) if bundle is not None else None
    except PromptopsError:
        return None


def _last_known_good(
    choice: GitChoice, cached: tuple[LoadedPrompts, float] | None, bundle: Path | None, error: Exception
) -> tuple[LoadedPrompts, float | None]:
    if cached is not None and (choice.commit is None or _is_commit(cached[0].bundle, choice.commit)):
        return cached
    if bundle is None:
        raise error
    try:
        found = load_bundle(bundle)
    except PromptopsError as exc:
        raise PinError(
            f"{error}; and the bundle for an outage cannot be used: {exc}", hint=getattr(error, "hint", "")
        ) from error
    if choice.environment is not None and found.environment != choice.environment:
        message = f"this bundle is of the environment '{found.environment}', not of '{choice.environment}'"
        hint = f"give the file that `promptops bundle --env {shell_word(choice.environment)}` wrote"
        raise PinError(message, where=str(bundle), hint=hint) from error
    if choice.commit is not None and not _is_commit(found, choice.commit):
        hint = "give a bundle of this commit, or none"
        raise PinError(f"this bundle is not of commit {choice.commit}", where=str(bundle), hint=hint) from error
    return LoadedPrompts(found), None


def _is_commit(bundle: Bundle, commit: str) -> bool:
    return all(pin.commit == commit for pin in bundle.pins.values())


def _cache_key(choice: GitChoice, address: str) -> str:
    """One file for each source and all that is demanded of it: what was kept under other demands is not served.

    `address` is the one without its password, which may change; of the signers it is the file's content that counts.
    """
    known = choice._replace(where=address, allow_rewind=False)
    parts = [None if part is None else str(part) for part in known]
    if choice.signers is not None:
        parts.append(signers_digest(choice.signers))
    return sha256(canonical_json(parts)).hexdigest()[:32]


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("promptops", appauthor=False)
