"""`Prompts`: pinned prompts for an application."""

from __future__ import annotations

import random
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptops.errors import PinError, PromptopsError
from promptops.model.sealed_prompt import UNKNOWN_ENDPOINT
from promptops.pins.bundle import Bundle, load_bundle
from promptops.pins.rollout import rollout_position
from promptops.runtime.call import Call, Version
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.runtime.refresher import ChangeCallback, Refresher
from promptops.runtime.served_prompt import ServedPrompt
from promptops.runtime.status import Status
from promptops.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from types import TracebackType

AnyPath = str | PathLike[str]


class Prompts:
    """The prompts an application serves: exactly the versions that are pinned.

    Everything is loaded and checked when it is made; after that `get` and `render` touch neither disk nor network,
    never wait, and never fail because a repository cannot be reached. Threads may share one, a process may fork, and
    in an event loop it blocks no longer than the rendering takes (make it before the loop starts, or by
    `await asyncio.to_thread(Prompts.from_git, …)`).
    """

    def __init__(self, refresher: Refresher) -> None:
        self._refresher = refresher
        self._served: tuple[Bundle | None, dict[str, ServedPrompt]] = (None, {})
        """What was asked for of the bundle that is served; prompts in a gradual rollout are drawn at each call."""

    @classmethod
    def from_git(
        cls,
        url_or_path: AnyPath,
        *,
        commit: str | None = None,
        env: str | None = None,
        ref: str | None = None,
        subdirectory: str = "",
        refresh: float | None = 60.0,
        protected: str | None = None,
        any_commit: bool = False,
        signers: AnyPath | None = None,
        bundle: AnyPath | None = None,
        cache: AnyPath | None = None,
        timeout: float = 60.0,
        allow_rewind: bool = False,
        on_change: ChangeCallback | None = None,
    ) -> Prompts:
        """Prompts of a repository: those of one `commit` (a full id), or those that `environments/ENV.yml` pins.

        The environment is read at `ref` (a branch or tag; by default the remote's default branch, or HEAD of a
        repository on this machine) and looked at again every `refresh` seconds (None: never). `subdirectory` is the
        project's folder in the repository. A remote is copied into `cache` (by default the user's), each fetch taking
        at most `timeout` seconds; what was last served is kept there too.

        Demands on every pin: its commit is an ancestor of `protected`, and one of that branch's own commits (by first
        parents) has the same text (with `env` by default of the ref that is followed, which `any_commit=True` waives;
        with `commit` only where `protected` is given); and where `signers` names a file (as for git's
        gpg.ssh.allowedSignersFile), the commit is signed by its committer, and so is the one that wrote the
        environment file. `allow_rewind` accepts that the ref was moved back.

        Where the source cannot be had now, what was last served here is served, else `bundle`; `status()` says so.
        PromptopsError when there is neither, or when what was asked for makes no sense.
        """
        for name, value in (("refresh", refresh), ("timeout", timeout)):
            if not _is_time(value) and not (name == "refresh" and value is None):
                message = f"{name} is a number of seconds above 0, not {value!r}"
                raise PinError(message, hint="refresh=None looks once" if name == "refresh" else "")
        if any_commit and protected is not None:
            raise PinError("any_commit=True and protected= contradict each other", hint="give one of the two")
        if commit is not None and ref is not None:
            raise PinError("a commit is pinned, so no ref is followed", hint="give env= with ref=, or commit= alone")
        from promptops.runtime.connect import open_git
        from promptops.runtime.git_prompts import GitChoice

        choice = GitChoice(
            fspath(url_or_path),
            commit,
            env,
            ref,
            subdirectory,
            protected,
            any_commit,
            Path(signers).absolute() if signers is not None else None,
            allow_rewind,
        )
        # Absolute, so that a change of folder later on changes nothing.
        folder, fallback = (Path(each).absolute() if each else None for each in (cache, bundle))
        refresher = open_git(choice, folder, fallback, timeout, on_change)
        if env is not None and refresh is not None:
            refresher.follow(refresh)
        return cls(refresher)

    @classmethod
    def from_bundle(cls, file: AnyPath, *, digest: str | None = None) -> Prompts:
        """Prompts of a file that `promptops bundle` wrote: no git, no network.

        `digest` is what that command printed. PinError when the file is another one, or was changed; SourceError when
        it cannot be read.
        """
        loaded = LoadedPrompts(load_bundle(Path(file), digest))
        return cls(Refresher("bundle", lambda current: loaded, loaded, age=None))

    @classmethod
    def from_worktree(
        cls, folder: AnyPath = ".", *, watch: bool = True, poll: bool = False, on_change: ChangeCallback | None = None
    ) -> Prompts:
        """Prompts as the files are now, for development. `watch` loads them again after each save.

        An edit that cannot be loaded leaves the version before it in place, and `status()` and a warning in the log say
        why. `poll`: look at the files again and again, where the system tells nothing of saves.
        """
        from promptops.runtime.worktree_prompts import open_worktree

        return cls(open_worktree(Path(folder), watch=watch, poll=poll, on_change=on_change))

    def get(self, name: str, *, key: str | None = None) -> ServedPrompt:
        """The version of a prompt that is served now; what is in hand stays that version. PinError for an unknown name.

        In a gradual rollout `key` (a user's or a session's identifier) decides which of the two versions: the same key
        gets the same one, and keeps the new one while the percent grows. Without a key each call is drawn anew.
        """
        loaded = self._refresher.current
        bundle, served = self._served
        if bundle is not loaded.bundle:
            served = {}
            self._served = loaded.bundle, served
        return served.get(name) or self._version(loaded, served, name, key)

    def _version(
        self, loaded: LoadedPrompts, served: dict[str, ServedPrompt], name: str, key: str | None
    ) -> ServedPrompt:
        pin = loaded.bundle.pins.get(name)
        if pin is None:
            raise _unknown(loaded, name)
        rollout = pin.rollout
        if rollout is not None:
            place = random.random() * 100 if key is None else rollout_position(rollout.digest, name, str(key))  # noqa: S311
            if place < rollout.percent:
                return _served(loaded.bundle, Version(name, rollout.commit or None, rollout.digest, True))
        found = _served(loaded.bundle, Version(name, pin.commit or None, pin.digest))
        if rollout is None:
            served[name] = found
        return found

    def render(self, prompt: str, /, **values: Any) -> Call:
        """The prompt filled: `get(prompt).render(**values)`. In a gradual rollout use `get(prompt, key=…)`."""
        return self.get(prompt).render(**values)

    def names(self) -> list[str]:
        """The prompts that are served, sorted."""
        return sorted(self._refresher.current.bundle.pins)

    def __contains__(self, name: object) -> bool:
        return name in self._refresher.current.bundle.pins

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._refresher.current.bundle.pins)

    def status(self) -> Status:
        """Where the prompts come from, and whether they are up to date."""
        return self._refresher.status()

    def refresh(self) -> Status:
        """Look at the source now and say how things stand; whatever is wrong with it is in the status, not raised."""
        self._refresher.check()
        return self._refresher.status()

    def on_change(self, callback: ChangeCallback) -> None:
        """Call this with a `Change` after each swap, in the thread that refreshes. What it raises is logged."""
        self._refresher.on_change(callback)

    def close(self) -> None:
        """Look for changes no more; what is loaded can still be used."""
        self._refresher.close()

    def __enter__(self) -> Prompts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _served(bundle: Bundle, version: Version) -> ServedPrompt:
    endpoint = bundle.endpoints.get((version.name, version.commit or ""), UNKNOWN_ENDPOINT)
    return ServedPrompt(version, bundle.sealed(version.digest), endpoint)


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 < value < float("inf")


def _unknown(loaded: LoadedPrompts, name: str) -> PromptopsError:
    if name in loaded.broken:
        return loaded.broken[name].with_traceback(None)  # raised often, it would keep every frame it ever passed
    identifier = str(name).removesuffix(".yml").removesuffix(".prompt")
    hint = did_you_mean(identifier, sorted(loaded.bundle.pins), "it pins none")
    where = f"the environment '{loaded.bundle.environment}'" if loaded.bundle.environment else ""
    return PinError(f"no prompt called '{name}' is served", where=where, hint=hint)
